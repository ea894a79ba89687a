/** Seats, several resources, holds and closures on the demo page, with the data of `npm run demo`, in two windows. */
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { PLATFORM_ADMIN, sharedFederation } from '@libs/testing/federation';
import type { Page } from 'playwright-core';
import { Temporal } from 'temporal-polyfill';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seriousFindings } from '../testing/accessibility.ts';
import { describeInBrowser, openBrowser, PHONE } from '../testing/browser.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** For screenshots; unset: none. */
const SHOTS = process.env['VAGA_SCREENSHOTS'];
const WIDE = { width: 1280, height: 900 };
/** The page reads the day every 10 seconds. */
const REFRESH_LIMIT = { timeout: 15_000 };
const dateIn = (days: number) => Temporal.Now.plainDateISO('America/Sao_Paulo').add({ days }).toString();

describeInBrowser('bookings on the demo page in Chromium', async () => {
  const vaga = await sharedFederation();
  const opened: Awaited<ReturnType<typeof openBrowser>>[] = [];
  afterAll(async () => {
    for (const one of opened) await one.close();
  });

  async function open(locale: string, name: string, size: typeof WIDE): Promise<Page> {
    const one = await openBrowser({ locale });
    opened.push(one);
    const page = await one.context.newPage();
    await page.setViewportSize(size);
    await page.goto(`${vaga.url}/demo?date=${dateIn(2)}`);
    await page.locator('.resource .slot').first().waitFor();
    if (locale === 'en-US') await page.locator('#language').click();
    await page.locator('#sign').click();
    await page.locator('[name=email]').fill(`${name}@academia-fit.com`);
    await page.locator('[name=password]').fill('academia-fit-demo');
    await page.locator('#signing .main').click();
    await page.locator('#me', { hasText: /./ }).waitFor();
    await page.waitForTimeout(1_500);
    return page;
  }
  let [joao, maria] = [] as unknown as [Page, Page];
  beforeAll(async () => {
    await promisify(execFile)(process.execPath, ['--import', 'tsx', 'scripts/dev/demo.ts'], {
      cwd: ROOT,
      env: {
        PATH: process.env['PATH'],
        GATEWAY_PORT: String(vaga.ports.gateway),
        PLATFORM_ADMIN_EMAIL: PLATFORM_ADMIN.email,
        PLATFORM_ADMIN_PASSWORD: PLATFORM_ADMIN.password,
      },
    });
    joao = await open('pt-BR', 'joao', PHONE);
    maria = await open('en-US', 'maria', WIDE);
  });
  const slot = (page: Page, resource: string, time: string) =>
    page.locator('.resource', { hasText: resource }).locator('.slot', { hasText: time });
  const look = async (page: Page, name: string) => {
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await seriousFindings(page)).toEqual([]);
    }
    await page.emulateMedia({ colorScheme: 'light' });
    if (!SHOTS) return;
    mkdirSync(SHOTS, { recursive: true });
    await page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true });
  };

  it('counts the places of a class, and books several of them', async () => {
    const time = slot(joao, 'funcional', '18:00');
    await time.getByText('3 de 20 livres').waitFor();
    await slot(maria, 'funcional', '18:00').and(maria.locator('.mine')).waitFor();
    expect(await slot(maria, 'funcional', '17:00').innerText()).toContain('20 of 20 left');
    await time.click();
    expect(await joao.getByLabel('Lugares').getAttribute('max')).toBe('3');
    await joao.getByLabel('Lugares').fill('4');
    await joao.locator('#confirming .main').click();
    expect(await joao.locator('#confirming').isVisible()).toBe(true);
    await joao.getByLabel('Lugares').fill('3');
    await look(joao, 'phone-seats');
    await joao.getByLabel('Lugares').press('Enter');
    await time.and(joao.locator('.mine')).waitFor();
    await time.click();
    expect(await joao.locator('#booking .whose').innerText()).toBe('João Silva (3 lugares)');
    await joao.keyboard.press('Escape');
  });

  it('books a room and an instructor together', async () => {
    await slot(joao, 'Pilates', '08:00').click();
    await joao.getByLabel('Também reservar').selectOption('Rafael Lima');
    await look(joao, 'phone-instructor');
    await joao.locator('#confirming .main').click();
    await slot(joao, 'Pilates', '08:00').and(joao.locator('.mine')).waitFor();
    await slot(joao, 'Rafael', '08:00').and(joao.locator('.mine')).waitFor();
    await slot(maria, 'Rafael', '08:00').and(maria.locator('.taken')).waitFor(REFRESH_LIMIT);
    // He is not offered where he is taken.
    await slot(maria, 'areia', '08:00').click();
    expect(await maria.getByLabel('Book as well').isVisible()).toBe(false);
    await maria.keyboard.press('Escape');
  });

  it('holds a time with a countdown, which others see; releases it, and confirms another', async () => {
    await slot(joao, 'areia', '11:00').click();
    await joao.getByRole('button', { name: 'Guardar o horário' }).click();
    expect(await joao.getByRole('timer').innerText()).toMatch(/^(?:10:00|9:5\d)$/);
    await slot(maria, 'areia', '11:00')
      .getByText(/on hold until \d/)
      .waitFor(REFRESH_LIMIT);
    await look(joao, 'phone-hold');
    await look(maria, 'wide-held');
    await joao.getByRole('button', { name: 'Liberar' }).click();
    await slot(joao, 'areia', '11:00').and(joao.locator('.free')).waitFor();
    expect(await joao.locator('#toast').innerText()).toContain('Horário liberado.');

    await slot(maria, 'areia', '12:00').click();
    await maria.getByRole('button', { name: 'Hold the time' }).click();
    await look(maria, 'wide-hold');
    await maria.getByRole('button', { name: 'Confirm', exact: true }).click();
    await slot(maria, 'areia', '12:00').and(maria.locator('.mine')).waitFor();
    await slot(joao, 'areia', '12:00').and(joao.locator('.taken')).waitFor(REFRESH_LIMIT);
    await joao.reload();
    await joao.locator('.resource .slot').first().waitFor();
  });

  it('closes the dialog of a hold whose time is up, and says so', async () => {
    await slot(joao, 'areia', '13:00').click();
    await joao.getByRole('button', { name: 'Guardar o horário' }).click();
    await joao.getByRole('timer').waitFor();
    // The page's clock alone: the hold itself is released by the API's.
    await joao.evaluate('{ const now = Date.now; Date.now = () => now() + 3_600_000; }');
    await joao.locator('#toast', { hasText: 'O tempo acabou' }).waitFor();
    expect(await joao.locator('#holding').isVisible()).toBe(false);
    await joao.reload();
    await joao.locator('.resource .slot').first().waitFor();
  });

  it('shows a holiday as closed, with its name', async () => {
    for (const page of [joao, maria]) {
      await page.goto(`${vaga.url}/demo?date=${dateIn(8)}`);
      await page.locator('.resource .slot').first().waitFor();
    }
    const note = (page: Page) =>
      page.locator('.resource', { hasText: 'Spinning' }).locator('.closures').innerText();
    expect(await note(joao)).toBe('Fechado: Aniversário da cidade');
    expect(await note(maria)).toBe('Closed: Aniversário da cidade');
    expect(await slot(joao, 'Spinning', '10:00').innerText()).toContain('fechado');
    expect(await joao.locator('.resource .slot.free').count()).toBe(0);
    await look(joao, 'phone-closed');
    await look(maria, 'wide-closed');
  });

  it('makes no external request and logs no error', () => {
    for (const { problemsOf } of opened) expect(problemsOf(vaga.url)).toEqual([]);
  });
});

/** Two people on the demo page, with the data of `npm run demo`. */
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { federation, PLATFORM_ADMIN } from '@libs/testing/federation';
import type { Page } from 'playwright-core';
import { Temporal } from 'temporal-polyfill';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeInBrowser, openBrowser, PHONE } from '../testing/browser.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** For screenshots; unset: none. */
const SHOTS = process.env['VAGA_SCREENSHOTS'];
const DATE = Temporal.Now.plainDateISO('America/Sao_Paulo').add({ days: 2 }).toString();

describeInBrowser('the demo in Chromium', async () => {
  const vaga = await federation();
  const demo = () =>
    promisify(execFile)(process.execPath, ['--import', 'tsx', 'scripts/dev/demo.ts'], {
      cwd: ROOT,
      env: {
        PATH: process.env['PATH'],
        GATEWAY_PORT: String(vaga.ports.gateway),
        PLATFORM_ADMIN_EMAIL: PLATFORM_ADMIN.email,
        PLATFORM_ADMIN_PASSWORD: PLATFORM_ADMIN.password,
      },
    });
  const opened: Awaited<ReturnType<typeof openBrowser>>[] = [];
  afterAll(async () => {
    for (const one of opened) await one.close();
  });
  beforeAll(async () => void (await demo()));

  async function open(locale: string): Promise<Page> {
    const one = await openBrowser({ locale });
    opened.push(one);
    const page = await one.context.newPage();
    await page.goto(`${vaga.url}/demo?date=${DATE}`);
    await page.locator('.slot').first().waitFor();
    return page;
  }
  const shoot = async (page: Page, name: string) => {
    if (!SHOTS) return;
    mkdirSync(SHOTS, { recursive: true });
    await page.screenshot({ path: `${SHOTS}/${name}.png` });
  };
  const signIn = async (page: Page, name: string) => {
    await page.locator('#sign').click();
    await page.locator('[name=email]').fill(`${name}@academia-fit.com`);
    await page.locator('[name=password]').fill('academia-fit-demo');
    await shoot(page, `sign-in-${name}`);
    await page.locator('#signing .main').click();
    // Only who sees every booking sees the whole day live.
    const text = name === 'ana' ? 'ao vivo' : 'your bookings live';
    await page.locator(name === 'ana' ? '#live.on' : '#live.live:not(.on)', { hasText: text }).waitFor();
    await page.waitForTimeout(1_500);
  };
  const slot = (page: Page, room: string, time: string) =>
    page.locator('.resource', { hasText: room }).locator('.slot', { hasText: time });
  const kindOf = (page: Page, room: string, time: string) => slot(page, room, time).getAttribute('class');

  it('shows the day in the tenant’s words and colors, books by a click, and updates a second window', async () => {
    const ana = await open('pt-BR');
    expect(await ana.locator('h1').textContent()).toBe('Academia Fit');
    expect(await ana.locator('#heading').textContent()).toBe('Salas');
    expect(await ana.locator('#hint').textContent()).toContain('Aula');
    expect(await ana.evaluate('getComputedStyle(document.querySelector("header")).backgroundColor')).toBe(
      'rgb(228, 87, 46)',
    );
    expect(await kindOf(ana, 'Spinning', '18:00')).toContain('taken');
    expect(await kindOf(ana, 'Spinning', '10:00')).toContain('free');
    expect(await ana.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    await shoot(ana, 'phone-signed-out');

    const joao = await open('en-US');
    expect(await joao.locator('#live').textContent()).toBe('sign in to follow live');
    await slot(joao, 'Spinning', '10:00').click();
    await joao.locator('#signing').waitFor();
    await joao.locator('#signing [value=cancel]').click();
    await signIn(ana, 'ana');
    await signIn(joao, 'joao');
    await slot(ana, 'Spinning', '18:00')
      .getByText('Maria')
      .or(slot(ana, 'Spinning', '18:00').getByText('João'))
      .waitFor();

    await slot(joao, 'Spinning', '10:00').click();
    await slot(joao, 'Spinning', '10:00').and(joao.locator('.mine')).waitFor();
    await slot(ana, 'Spinning', '10:00').getByText('João Silva').waitFor({ timeout: 5_000 });
    await shoot(joao, 'phone-booked');
    await ana.setViewportSize({ width: 1100, height: 800 });
    await shoot(ana, 'wide-live');

    await slot(joao, 'Spinning', '10:00').click();
    await shoot(joao, 'phone-dialog');
    await joao.locator('#booking .main').click();
    await slot(ana, 'Spinning', '10:00').and(ana.locator('.free')).waitFor({ timeout: 5_000 });
    await ana.setViewportSize(PHONE);
  });

  it('reconnects after a gateway outage and shows the changes made meanwhile', async () => {
    const [ana, joao] = opened.map(({ context }) => context.pages().at(-1)!);
    await vaga.end('gateway');
    await ana!.locator('#live.lost').waitFor();
    await vaga.start('gateway');
    await slot(joao!, 'Pilates', '11:00').click();
    await slot(joao!, 'Pilates', '11:00').and(joao!.locator('.mine')).waitFor();
    await ana!.locator('#live.on').waitFor({ timeout: 15_000 });
    await slot(ana!, 'Pilates', '11:00').getByText('João Silva').waitFor({ timeout: 5_000 });
  });

  it('makes no external request and logs no error', () => {
    const outageErrors = /ERR_CONNECTION_REFUSED|WebSocket connection to/;
    for (const { problemsOf } of opened) {
      const problems = problemsOf(vaga.url).filter((problem) => !outageErrors.test(problem));
      expect(problems).toEqual([]);
    }
  });
});

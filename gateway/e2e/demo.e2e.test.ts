/** Two people on the demo page, with the data of `npm run demo`. */
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { federation, PLATFORM_ADMIN } from '@libs/testing/federation';
import type { Page } from 'playwright-core';
import { Temporal } from 'temporal-polyfill';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seriousFindings } from '../testing/accessibility.ts';
import { describeInBrowser, openBrowser, PHONE } from '../testing/browser.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** For screenshots; unset: none. */
const SHOTS = process.env['VAGA_SCREENSHOTS'];
const DATE = Temporal.Now.plainDateISO('America/Sao_Paulo').add({ days: 2 }).toString();

/** By WCAG 2.2. */
function luminance(color: string): number {
  const hex = color.slice(1).replace(color.length === 4 ? /./g : /$^/, '$&$&');
  const [red, green, blue] = [0, 2, 4].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.040_45 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
const contrast = (one: string, other: string): number =>
  (Math.max(luminance(one), luminance(other)) + 0.05) / (Math.min(luminance(one), luminance(other)) + 0.05);

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

  async function open(locale: string, date = DATE, state: 'visible' | 'attached' = 'visible'): Promise<Page> {
    const one = await openBrowser({ locale });
    opened.push(one);
    const page = await one.context.newPage();
    await page.goto(`${vaga.url}/demo?date=${date}`);
    await page.locator('.resource .slot').first().waitFor({ state });
    return page;
  }
  const pages = () => opened.map(({ context }) => context.pages().at(-1)!) as [Page, Page];
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
  const focused = (page: Page) => page.evaluate('document.activeElement?.closest("[data-key]")?.innerText');
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
    await joao.locator('#language').click();
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
    await joao.locator('#confirming .main').click();
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

  it('shows the logo, and the category and description of each resource', async () => {
    const [ana] = pages();
    const logo =
      '(async () => { const logo = document.querySelector("#logo"); await logo.decode(); return logo.naturalWidth })()';
    expect(await ana.evaluate(logo)).toBeGreaterThan(0);
    const card = ana.locator('.resource', { hasText: 'Spinning' });
    expect(await card.locator('.category').textContent()).toBe('Salas de Aula');
    expect(await card.locator('.description').textContent()).toContain('Vinte bicicletas');
  });

  it('asks before it books, gives the focus back, and offers to undo', async () => {
    const [, joao] = pages();
    const time = slot(joao, 'Pilates', '13:00');
    await time.focus();
    await joao.keyboard.press('Enter');
    const dialog = joao.getByRole('dialog', { name: 'Book this time?' });
    await dialog.waitFor();
    expect(await dialog.innerText()).toMatch(/Sala 2 - Pilates[^]*13:00–14:00/);
    expect(await joao.evaluate('document.activeElement.closest("dialog")?.id')).toBe('confirming');
    await joao.keyboard.press('Escape');
    expect(await focused(joao)).toMatch(/^13:00/);
    expect(await kindOf(joao, 'Pilates', '13:00')).toContain('free');

    await time.click();
    await joao.getByRole('button', { name: 'Book', exact: true }).click();
    await time.and(joao.locator('.mine')).waitFor();
    expect(await focused(joao)).toMatch(/^13:00/);
    await joao.getByRole('button', { name: 'Undo' }).click();
    await time.and(joao.locator('.free')).waitFor();
    expect(await focused(joao)).toMatch(/^13:00/);
    expect(await joao.locator('#toast').innerText()).toContain('Cancelled.');
    await joao.getByRole('button', { name: 'Close the message' }).press('Enter');
    expect(await focused(joao)).toMatch(/^13:00/);
  });

  it('keeps focus and scroll position while others book', async () => {
    const [ana, joao] = pages();
    const time = slot(ana, 'areia', '20:00');
    await time.focus();
    const scrolled = await ana.evaluate('scrollY');
    expect(scrolled).toBeGreaterThan(0);
    await slot(joao, 'areia', '20:00').click();
    await joao.locator('#confirming .main').click();
    await time.getByText('João Silva').waitFor();
    expect(await focused(ana)).toMatch(/^20:00/);
    expect(await ana.evaluate('scrollY')).toBe(scrolled);
    await joao.getByRole('button', { name: 'Undo' }).click();
    await time.and(ana.locator('.free')).waitFor();
    expect(await focused(ana)).toMatch(/^20:00/);
  });

  it('keeps the caret of a dialog over a refresh', async () => {
    const [ana] = pages();
    const visitor = await open('pt-BR');
    await visitor.locator('#sign').click();
    const input = visitor.getByLabel('E-mail');
    await input.fill('ana@');
    await visitor.evaluate(
      'document.activeElement.type = "text"; document.activeElement.setSelectionRange(1, 2)',
    );
    await slot(ana, 'Spinning', '13:00').click();
    await ana.locator('#confirming .main').click();
    await slot(visitor, 'Spinning', '13:00').and(visitor.locator('.taken')).waitFor({ timeout: 15_000 });
    const caret =
      '[document.activeElement.name, document.activeElement.value, document.activeElement.selectionStart]';
    expect(await visitor.evaluate(caret)).toEqual(['email', 'ana@', 1]);
    await ana.getByRole('button', { name: 'Desfazer' }).click();
    await slot(ana, 'Spinning', '13:00').and(ana.locator('.free')).waitFor();
  });

  it('speaks the tenant’s language until the user chooses the other, and then only that', async () => {
    const visitor = await open('en-US');
    const seen = () =>
      visitor.evaluate('[document.documentElement.lang, document.querySelector("#heading").innerText]');
    expect(await seen()).toEqual(['pt-BR', 'Salas']);
    const inPortuguese = await visitor.evaluate('document.body.innerText');
    expect(inPortuguese).not.toMatch(/\b(?:free|taken|sign in|next|day)\b/i);
    await visitor.locator('#language').click();
    expect(await seen()).toEqual(['en', 'Resources']);
    // The tenant's own texts say that they are in another language; so does the button that leads back.
    const english = `(() => {
      const copy = document.body.cloneNode(true);
      copy.querySelectorAll('[lang], h1, script, dialog').forEach((node) => node.remove());
      return copy.textContent;
    })()`;
    expect(await visitor.evaluate(english)).not.toMatch(
      /livre|ocupado|próximo|horário|reserva|sala|aula|[ãçé]/i,
    );
    await visitor.reload();
    await visitor.locator('.resource .slot').first().waitFor();
    expect(await seen()).toEqual(['en', 'Resources']);
  });

  it('shows the next free time, and past times only when asked', async () => {
    const yesterday = Temporal.Now.plainDateISO('America/Sao_Paulo').subtract({ days: 1 }).toString();
    const visitor = await open('pt-BR', yesterday, 'attached');
    const card = visitor.locator('.resource', { hasText: 'Spinning' });
    const past = card.locator('.slot.past');
    expect([await past.count(), await past.filter({ visible: true }).count()]).toEqual([16, 0]);
    await shoot(visitor, 'phone-past');
    const toggle = card.getByRole('button', { name: 'Mostrar 16 horários passados' });
    await toggle.click();
    expect(await past.filter({ visible: true }).count()).toBe(16);
    await card.getByRole('button', { name: 'Ocultar' }).click();
    expect(await past.filter({ visible: true }).count()).toBe(0);

    const next = card.getByRole('button', { name: /^Próximo livre: / });
    const [time] = /\d\d:\d\d$/.exec(await next.innerText())!;
    await next.click();
    await card.locator('.slot:focus').waitFor();
    expect(await card.locator('.slot.free').first().innerText()).toContain(time);
    expect(await focused(visitor)).toContain(time);
    expect(new URL(visitor.url()).searchParams.get('date')).not.toBe(yesterday);
  });

  it('writes black or white on any brand color, at 4.5:1 or more', async () => {
    const [ana] = pages();
    const inks = (await ana.evaluate(`import('/demo/contrast.js').then(({ inkOn }) => {
      const steps = ['00', '33', '66', '77', '88', '99', 'cc', 'ff'];
      const colors = steps.flatMap((r) => steps.flatMap((g) => steps.map((b) => '#' + r + g + b)));
      return [...colors, '#fff', '#777'].map((color) => [color, inkOn(color)]);
    })`)) as [string, string][];
    expect(inks).toHaveLength(514);
    expect(inks.filter(([color, ink]) => contrast(color, ink) < 4.5)).toEqual([]);
    expect(await ana.evaluate('getComputedStyle(document.querySelector("header")).color')).toBe(
      'rgb(0, 0, 0)',
    );
  });

  it('has no serious accessibility finding: list, dialogs, signed in and out, light and dark', async () => {
    const [ana] = pages();
    const visitor = await open('pt-BR');
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const page of [ana, visitor]) {
        await page.emulateMedia({ colorScheme });
        expect(await seriousFindings(page)).toEqual([]);
        await shoot(page, `${colorScheme}-${page === ana ? 'signed-in' : 'signed-out'}`);
      }
      for (const [page, opener, dialog] of [
        [visitor, visitor.locator('#sign'), '#signing'],
        [ana, slot(ana, 'Spinning', '14:00'), '#confirming'],
        [ana, slot(ana, 'Spinning', '18:00'), '#booking'],
      ] as const) {
        await opener.click();
        await page.locator(dialog).waitFor();
        expect(await seriousFindings(page)).toEqual([]);
        await shoot(page, `${colorScheme}${dialog.replace('#', '-')}`);
        await page.keyboard.press('Escape');
      }
    }
  });

  it('reconnects after a gateway outage and shows the changes made meanwhile', async () => {
    const [ana, joao] = pages();
    await vaga.end('gateway');
    await ana.locator('#live.lost').waitFor();
    await vaga.start('gateway');
    await slot(joao, 'Pilates', '11:00').click();
    await joao.locator('#confirming .main').click();
    await slot(joao, 'Pilates', '11:00').and(joao.locator('.mine')).waitFor();
    await ana.locator('#live.on').waitFor({ timeout: 15_000 });
    await slot(ana, 'Pilates', '11:00').getByText('João Silva').waitFor({ timeout: 5_000 });
  });

  it('makes no external request and logs no error', () => {
    const outageErrors = /ERR_CONNECTION_REFUSED|WebSocket connection to/;
    for (const { problemsOf } of opened) {
      const problems = problemsOf(vaga.url).filter((problem) => !outageErrors.test(problem));
      expect(problems).toEqual([]);
    }
  });
});

/** Without internet access. */
import { mkdirSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seriousFindings } from '../testing/accessibility.ts';
import { describeInBrowser, openBrowser, PHONE } from '../testing/browser.ts';
import { smallFederation, type SmallFederation } from '../testing/smallFederation.ts';

/** For screenshots; unset: none. */
const SHOTS = process.env['VAGA_SCREENSHOTS'];
const WIDE = { width: 1280, height: 800 };

describeInBrowser('the pages in Chromium', () => {
  let federation: SmallFederation;
  let opened: Awaited<ReturnType<typeof openBrowser>>;
  let page: Page;
  const problems = () => opened.problemsOf(federation.gateway.url);

  beforeAll(async () => {
    federation = await smallFederation();
    opened = await openBrowser();
    page = await opened.context.newPage();
  });
  afterAll(async () => {
    await opened?.close();
    await federation?.close();
  });

  it('the landing page shows which services are ready, runs a query, and fits a phone', async () => {
    await page.goto(federation.gateway.url);
    await page.locator('[data-service="person"].ready').waitFor();
    await page.locator('.try textarea').first().fill('{ room { name } }');
    await page.locator('.try [data-run]').first().click();
    await page.locator('.try pre', { hasText: 'Room 0' }).waitFor();
    const overflow = await page.evaluate(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );
    expect(overflow).toBe(0);
    expect(problems()).toEqual([]);
  });

  it('the landing page fits phone and desktop, and has no serious accessibility finding, light and dark', async () => {
    if (SHOTS) mkdirSync(SHOTS, { recursive: true });
    expect(await page.locator('.where').innerText()).toContain(
      `${federation.gateway.url.replace('http', 'ws')}/graphql`,
    );
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const size of [WIDE, PHONE]) {
        await page.setViewportSize(size);
        const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
        expect(await page.evaluate(overflow)).toBe(0);
        expect(await seriousFindings(page)).toEqual([]);
        if (SHOTS)
          await page.screenshot({ path: `${SHOTS}/home-${colorScheme}-${size.width}.png`, fullPage: true });
      }
    }
    await page.emulateMedia({ colorScheme: null });
  });

  it('the explorer loads the schema and runs a query without external resources', async () => {
    await page.setViewportSize({ width: 1200, height: 800 });
    await page.goto(`${federation.gateway.url}/explorer/`);
    await page.locator('.cm-content', { hasText: 'tenantByDomain' }).click();
    await page.keyboard.press('Control+A');
    await page.keyboard.type('{ room { name');
    await page.getByText('Send Request').click();
    await page.getByText('Room 0').first().waitFor();
    expect(problems()).toEqual([]);
  });

  it('the explorer runs a subscription at its preset address', async () => {
    await page.locator('.cm-content', { hasText: 'room' }).first().click();
    await page.keyboard.press('Control+A');
    await page.keyboard.type('subscription { painted { number');
    await page.getByText('Send Request').click();
    await expect
      .poll(
        async () => {
          await federation.ask('mutation { paint }');
          return page.getByText('"painted"').count();
        },
        { timeout: 15_000, interval: 500 },
      )
      .toBeGreaterThan(0);
    expect(problems()).toEqual([]);
  });
});

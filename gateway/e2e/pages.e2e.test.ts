/** The pages as a browser without internet shows them: Debian's Chromium, or the one that CHROMIUM names. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { smallFederation, type SmallFederation } from './smallFederation.ts';

const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const browser = BROWSERS.find((program) => existsSync(program));
/** Without these, Chromium asks for addresses of its own. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

// A machine without a browser has nothing to show; where the suite is run for a release there is one.
describe.skipIf(!browser)('in Chromium', () => {
  let federation: SmallFederation;
  let context: BrowserContext;
  let page: Page;
  const profile = mkdtempSync(path.join(tmpdir(), 'chromium-'));
  const problems: string[] = [];

  beforeAll(async () => {
    federation = await smallFederation();
    context = await chromium.launchPersistentContext(profile, {
      executablePath: browser!,
      headless: true,
      args: FLAGS,
      viewport: { width: 390, height: 844 },
    });
    page = await context.newPage();
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    page.on('request', (request) => {
      const isOurs = request.url().startsWith(federation.gateway.url) || /^(blob|data):/.test(request.url());
      if (!isOurs) problems.push(`asked for ${request.url()}`);
    });
  });
  afterAll(async () => {
    await context?.close();
    await federation?.close();
    rmSync(profile, { recursive: true, force: true });
  });

  it('the landing page shows who is ready, runs a query, and fits a phone', async () => {
    await page.goto(federation.gateway.url);
    await page.locator('[data-service="person"].ready').waitFor();
    await page.locator('.try textarea').first().fill('{ room { name } }');
    await page.locator('.try [data-run]').first().click();
    await page.locator('.try pre', { hasText: 'Room 0' }).waitFor();
    const overflow = await page.evaluate(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );
    expect(overflow).toBe(0);
    expect(problems).toEqual([]);
  });

  it('the explorer knows the schema and runs a query, with nothing from elsewhere', async () => {
    await page.setViewportSize({ width: 1200, height: 800 });
    await page.goto(`${federation.gateway.url}/explorer/`);
    await page.locator('.cm-content', { hasText: 'tenantByDomain' }).click();
    await page.keyboard.press('Control+A');
    await page.keyboard.type('{ room { name');
    await page.getByText('Send Request').click();
    await page.getByText('Room 0').first().waitFor();
    expect(problems).toEqual([]);
  });
});

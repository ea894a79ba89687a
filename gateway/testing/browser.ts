/** A browser without internet, for tests of pages: Debian's Chromium or Chrome. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, type BrowserContext } from 'playwright-core';
import { describe, it } from 'vitest';

const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The browser's program; undefined on a machine without one. */
export const browser = BROWSERS.find((program) => existsSync(program));

/**
 * `describe` for tests that need a browser; one skipped test on a machine without one. The body does not run there: vitest runs a
 * skipped suite's body but not its `afterAll`, so databases that the body made would be left behind, which fails the run.
 */
export function describeInBrowser(name: string, body: () => void | Promise<void>): void {
  if (browser) describe(name, body);
  else it.skip(`${name} (needs ${BROWSERS.join(' or ')})`, () => {});
}

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

export const PHONE = { width: 390, height: 844 };

/** A context of a profile of its own, which `close` removes. */
export async function openBrowser(options: { locale?: string; bypassCSP?: boolean } = {}): Promise<{
  context: BrowserContext;
  /** What went wrong in its pages, and what they asked of any place but `ours`, an address. */
  problemsOf: (ours: string) => string[];
  close: () => Promise<void>;
}> {
  const profile = mkdtempSync(path.join(tmpdir(), 'chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: browser!,
    headless: true,
    args: FLAGS,
    viewport: PHONE,
    ...options,
  });
  const problems: string[] = [];
  const requested: string[] = [];
  context.on('weberror', (error) => problems.push(error.error().message));
  context.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  context.on('request', (request) => requested.push(request.url()));
  return {
    context,
    problemsOf: (ours) => [
      ...problems,
      ...requested.filter((url) => new URL(url).host !== new URL(ours).host && !/^(blob|data):/.test(url)),
    ],
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

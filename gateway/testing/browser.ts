/** A browser without internet access. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, type BrowserContext } from 'playwright-core';
import { describe, it } from 'vitest';

const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export const browser = BROWSERS.find((program) => existsSync(program));

/** A skipped test on a machine without a browser. Not `describe.skip`: it would create databases, and never run `afterAll`. */
export function describeInBrowser(name: string, body: () => void | Promise<void>): void {
  if (browser) describe(name, body);
  else it.skip(`${name} (needs ${BROWSERS.join(' or ')})`, () => {});
}

/** Prevent requests of Chromium itself. */
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

/** `close` removes its profile. */
export async function openBrowser(options: { locale?: string; bypassCSP?: boolean } = {}): Promise<{
  context: BrowserContext;
  /** Errors of its pages, and requests to hosts other than that of `url`. */
  problemsOf: (url: string) => string[];
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
    problemsOf: (url) => [
      ...problems,
      ...requested.filter(
        (other) => new URL(other).host !== new URL(url).host && !/^(blob|data):/.test(other),
      ),
    ],
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** axe-core's serious and critical findings, each with the elements that it names. */
export async function seriousFindings(page: Page, exclude: readonly string[] = []): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate(
    `axe.run({ include: ['html'], exclude: ${JSON.stringify(exclude)} }, { resultTypes: ['violations'], preload: false })`,
  )) as axe.AxeResults;
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
}

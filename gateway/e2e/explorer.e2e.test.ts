/** The explorer's own sign-in and ten steps, on a real system and without internet access. */
import { mkdirSync } from 'node:fs';
import { PLATFORM_ADMIN, sharedFederation } from '@libs/testing/federation';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seriousFindings } from '../testing/accessibility.ts';
import { describeInBrowser, openBrowser, PHONE } from '../testing/browser.ts';

/** For screenshots; unset: none. */
const SHOTS = process.env['VAGA_SCREENSHOTS'];
/** Altair's own elements, which are not ours to mend. */
const ALTAIR = ['app-root', '.cdk-overlay-container'];
const WIDE = { width: 1280, height: 800 };

describeInBrowser('the explorer in Chromium', async () => {
  const vaga = await sharedFederation();
  let opened: Awaited<ReturnType<typeof openBrowser>>;
  let page: Page;
  /** The authorization and body of each request to the API. */
  const sent: { authorization: string | undefined; body: string }[] = [];

  beforeAll(async () => {
    opened = await openBrowser();
    page = await opened.context.newPage();
    page.on('request', (request) => {
      if (!request.url().endsWith('/graphql')) return;
      sent.push({ authorization: request.headers()['authorization'], body: request.postData() ?? '' });
    });
    await page.goto(`${vaga.url}/explorer/`);
    await page.locator('#vaga-steps button:enabled').first().waitFor({ state: 'attached' });
  });
  afterAll(() => opened?.close());

  const shoot = async (name: string) => {
    if (!SHOTS) return;
    mkdirSync(SHOTS, { recursive: true });
    for (const size of [WIDE, PHONE]) {
      await page.setViewportSize(size);
      await page.screenshot({ path: `${SHOTS}/${name}-${size.width}.png` });
    }
  };
  const signIn = async () => {
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByLabel('E-mail').fill(PLATFORM_ADMIN.email);
    await page.getByLabel('Password').fill(PLATFORM_ADMIN.password);
    await page.getByLabel('Password').press('Enter');
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
  };
  const signOut = async () => {
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
  };
  /** Sends what the editor has. The answer. */
  const send = async () => {
    // Altair reads the schema whenever it likes.
    const answered = page.waitForResponse(
      (response) =>
        response.url().endsWith('/graphql') && !response.request().postData()?.includes('__schema'),
    );
    await page.getByText('Send Request').click();
    const answer = await (await answered).json();
    // In place of Cancel, once Altair has the answer.
    await page.getByText('Send Request').waitFor();
    return answer;
  };
  const take = async (title: string) => {
    await page.getByRole('button', { name: 'Ten steps' }).click();
    await page.getByRole('button', { name: title, exact: true }).click();
    const { data, errors } = await send();
    expect([title, errors]).toEqual([title, undefined]);
    return data;
  };

  it('fits a phone: nothing is cut off, and the answer is below the query', async () => {
    await shoot('explorer');
    await page.setViewportSize(PHONE);
    const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    expect(await page.evaluate(overflow)).toBe(0);
    const [bar, query, answer] = await Promise.all(
      ['.send-request__button', 'app-query-editor', 'app-query-result'].map((one) =>
        page.locator(one).boundingBox(),
      ),
    );
    for (const box of [bar!, query!, answer!]) expect(box.x + box.width).toBeLessThanOrEqual(PHONE.width);
    expect(query!.width).toBeGreaterThan(PHONE.width * 0.75);
    expect(answer!.y).toBeGreaterThanOrEqual(query!.y + query!.height - 1);
    await page.getByText('Docs', { exact: true }).click();
    const docs = await page.locator('.doc-viewer-items').boundingBox();
    expect(docs!.width).toBeGreaterThan(PHONE.width * 0.75);
    expect(docs!.x + docs!.width).toBeLessThanOrEqual(PHONE.width);
    await shoot('explorer-docs');
    await page.getByText('Docs', { exact: true }).click();
  });

  it('greets with a query that answers without a session', async () => {
    expect(await page.title()).toBe('Vaga explorer');
    expect(await page.locator('.query-editor__input').innerText()).toContain('Welcome to Vaga');
    expect(await send()).toEqual({ data: { tenantByDomain: null } });
    expect(sent.at(-1)!.authorization).toBeUndefined();
  });

  it('says why a sign-in is refused', async () => {
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await shoot('explorer-sign-in');
    expect(await page.evaluate('document.activeElement.closest("dialog")?.id')).toBe('vaga-signing');
    await page.getByLabel('E-mail').fill(PLATFORM_ADMIN.email);
    await page.getByLabel('Password').fill('not-the-password');
    await page.getByLabel('Password').press('Enter');
    await page.locator('.vaga-wrong', { hasText: /./ }).waitFor();
    await page.getByRole('button', { name: 'Back' }).click();
    expect(await page.evaluate('document.activeElement.id')).toBe('vaga-sign');
  });

  it('sends the token of the sign-in form until the sign-out, after a reload too', async () => {
    await signIn();
    await send();
    expect(sent.at(-1)!.authorization).toMatch(/^Bearer ey/);
    await page.reload();
    await page.locator('#vaga-steps button:enabled').first().waitFor({ state: 'attached' });
    await send();
    expect(sent.at(-1)!.authorization).toMatch(/^Bearer ey/);
    await signOut();
    await send();
    expect(sent.at(-1)!.authorization).toBeUndefined();
  });

  it('walks through the ten steps, each with the answers of those before', async () => {
    await signIn();
    expect((await take('Create a tenant')).createTenant.userErrors).toEqual([]);
    expect((await take('Create a user')).createUser.userErrors).toEqual([]);
    expect((await take('Create a category')).createResourceCategory.userErrors).toEqual([]);
    expect((await take('Create a resource in it')).createResource.userErrors).toEqual([]);
    expect((await take('See what is free')).resource.availability[0].slots).toHaveLength(16);
    expect((await take('Sign in as João')).signIn.userErrors).toEqual([]);
    await page.locator('#vaga-who', { hasText: 'joao@fit.example' }).waitFor({ state: 'attached' });
    expect((await take('Book')).createBooking).toMatchObject({
      userErrors: [],
      booking: { status: 'CONFIRMED' },
    });
    expect((await take('Try a conflicting booking')).createBooking.userErrors).toMatchObject([
      { code: 'CONFLICT' },
    ]);
    expect((await take('List João’s bookings')).bookings.totalCount).toBe(1);
    await shoot('explorer-step');
    await signOut();
    await signIn();
    expect((await take('Delete the resource')).deleteResource.userErrors).toEqual([]);
    expect((await take('Delete the user')).deleteUser.userErrors).toEqual([]);
    await expect
      .poll(async () => (await take('See the cancelled booking')).bookings.nodes[0].status, {
        timeout: 15_000,
      })
      .toBe('CANCELLED');
    expect((await take('Delete the tenant')).deleteTenant.userErrors).toEqual([]);
    expect(await page.locator('#vaga-steps li').count()).toBe(10);
  });

  it('has no serious accessibility finding in its own elements', async () => {
    await page.getByRole('button', { name: 'Ten steps' }).click();
    await shoot('explorer-steps');
    expect(await seriousFindings(page, ALTAIR)).toEqual([]);
    await page.keyboard.press('Escape');
    await signOut();
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    expect(await seriousFindings(page, ALTAIR)).toEqual([]);
    await page.getByRole('button', { name: 'Back' }).click();
    expect(opened.problemsOf(vaga.url)).toEqual([]);
  });
});

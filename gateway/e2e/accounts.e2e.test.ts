/** The life of an account, from an invitation to a new password, as a frontend and a mailbox see it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '@libs/db/ids';
import { federation } from '@libs/testing/federation';
import { decodedMail, startMailServer } from '@subgraphs/user/notifications/notifications.fixtures';
import { afterAll, expect, test } from 'vitest';
import { CALLER_CACHE_MS } from '@libs/directory/callerCache';
import { mutate, PASSWORD } from '../testing/tenantSetup.ts';

const mails = await startMailServer();
const vaga = await federation({
  variables: { SMTP_URL: mails.mailServer.url, SMTP_FROM: mails.mailServer.from },
});
afterAll(mails.stop);

/** Requests wait for half a second, and e-mails for one; the rest is for a busy machine. */
const ARRIVAL_LIMIT_MS = 15_000;
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0';
const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36';
const FRONTEND = 'https://fit.example/conta?lang=en';
const NEW_PASSWORD = 'of her own choice';

const mailsTo = (email: string): string[] =>
  mails.received.filter(({ to }) => to.includes(email)).map(({ message }) => decodedMail(message));

/** The link of the newest e-mail to the address, once there are `count`. */
async function linkTo(email: string, count: number): Promise<URL> {
  await expect.poll(() => mailsTo(email).length, { timeout: ARRIVAL_LIMIT_MS, interval: 100 }).toBe(count);
  return new URL(/^https?:\/\/\S+token=\S+/m.exec(mailsTo(email).at(-1)!)![0]);
}
const tokenOf = (link: URL): string => link.searchParams.get('token')!;

const platform = await vaga.signIn();
async function newTenant(settings: object = {}) {
  const domain = `${newId()}.example`;
  const input = {
    name: 'Academia Fit',
    domain,
    frontendUrl: FRONTEND,
    settings: { locale: 'en-US', ...settings },
  };
  const { tenant } = await mutate(vaga, platform, 'createTenant', input, 'tenant { id frontendUrl }');
  expect(tenant.frontendUrl).toBe(FRONTEND);
  const credentials = { email: `${newId()}@fit.example`, password: PASSWORD };
  const admin = { tenantId: tenant.id, name: 'Ana', userType: 'ADMIN', ...credentials };
  await mutate(vaga, platform, 'createUser', admin, 'user { id }');
  return { domain, admin: await vaga.signIn({ domain, ...credentials }) };
}
const errorsOf = async (
  query: string,
  variables: object,
  token?: string,
  headers: Record<string, string> = {},
) => {
  const { data, errors } = await vaga.ask(query, variables as Record<string, unknown>, { token, headers });
  if (errors) return errors.map(({ extensions }) => extensions.code);
  return Object.values(data as Record<string, { userErrors: { code: string }[] }>)[0]!.userErrors.map(
    ({ code }) => code,
  );
};
const SIGN_IN =
  'mutation ($input: SignInInput!) { signIn(input: $input) { session { accessToken refreshToken user { id } } userErrors { code field } } }';
async function signInFrom(userAgent: string, input: object) {
  const { signIn } = await vaga.data(SIGN_IN, { input }, { headers: { 'user-agent': userAgent } });
  return signIn;
}
const ME = '{ me { name isInvited emailVerifiedAt sessions { id device isCurrent createdAt lastUsedAt } } }';
const RESET =
  'mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) { done userErrors { code field message } } }';
/** What the audit trail has of a user, oldest first. */
const actionsOf = async (userId: string): Promise<string[]> =>
  (
    await vaga.databases.tenant.sql`
      select action from audit_entries where subject_id = ${userId} order by occurred_at, id`
  ).map((row) => String(row['action']));
const REQUEST_RESET =
  'mutation ($domain: String, $email: EmailAddress!) { requestPasswordReset(domain: $domain, email: $email) }';

test('invited by e-mail, a user accepts, signs in, ends a session, and gets a new password', async () => {
  const { domain, admin } = await newTenant({ signInEmails: true });
  const email = `${newId()}@fit.example`;
  const { user } = await mutate(
    vaga,
    admin,
    'createUser',
    { name: 'Bia', email, invite: true },
    'user { id isInvited emailVerifiedAt }',
  );
  expect(user).toMatchObject({ isInvited: true, emailVerifiedAt: null });

  const invitation = await linkTo(email, 1);
  expect(invitation.href).toMatch(
    /^https:\/\/fit\.example\/conta\?lang=en&action=ACCEPT_INVITATION&token=[\w-]{43}$/,
  );
  const { acceptInvitation } = await vaga.data(
    'mutation ($input: AcceptInvitationInput!) { acceptInvitation(input: $input) { session { accessToken refreshToken } userErrors { code } } }',
    { input: { token: tokenOf(invitation), password: PASSWORD, name: 'Beatriz' } },
    { headers: { 'user-agent': FIREFOX } },
  );
  const first: string = acceptInvitation.session.accessToken;
  const { me } = await vaga.data(ME, {}, { token: first });
  expect(me).toMatchObject({ name: 'Beatriz', isInvited: false, emailVerifiedAt: expect.any(String) });
  expect(me.sessions).toMatchObject([{ device: 'Firefox, Linux', isCurrent: true }]);

  // From a known device, which sends no e-mail, and from a new one.
  await signInFrom(FIREFOX, { domain, email, password: PASSWORD });
  const { session: second } = await signInFrom(CHROME, { domain, email, password: PASSWORD });
  await expect.poll(() => mailsTo(email).length, { timeout: ARRIVAL_LIMIT_MS }).toBe(2);
  expect(mailsTo(email)[1]).toMatch(/^Device: Chrome, Windows/m);
  const { sessions } = (await vaga.data(ME, {}, { token: first })).me;
  expect(sessions.map(({ device }: { device: string }) => device).toSorted()).toEqual([
    'Chrome, Windows',
    'Firefox, Linux',
    'Firefox, Linux',
  ]);
  const idOf = (wanted: string) => sessions.find(({ device }: { device: string }) => device === wanted).id;
  const END = 'mutation ($id: ID!) { endSession(id: $id) { deletedId userErrors { code } } }';
  expect(await errorsOf(END, { id: idOf('Chrome, Windows') }, admin)).toEqual(['NOT_FOUND']);
  expect(await errorsOf(END, { id: idOf('Chrome, Windows') }, first)).toEqual([]);
  await sleep(CALLER_CACHE_MS);
  expect(await errorsOf(END, { id: newId() }, second.accessToken)).toEqual(['UNAUTHENTICATED']);

  // The request's headers do not matter to the link.
  const forged = {
    'x-forwarded-host': 'evil.example',
    origin: 'https://evil.example',
    referer: 'https://evil.example',
  };
  const answer = await vaga.data(REQUEST_RESET, { domain, email }, { headers: forged });
  expect(answer).toEqual({ requestPasswordReset: true });
  const reset = await linkTo(email, 3);
  expect(reset.href).toMatch(
    /^https:\/\/fit\.example\/conta\?lang=en&action=RESET_PASSWORD&token=[\w-]{43}$/,
  );
  const common = { input: { token: tokenOf(reset), newPassword: 'Password1234' } };
  const refused = await vaga.data(RESET, common, { language: 'pt-BR' });
  expect(refused.resetPassword).toMatchObject({
    done: false,
    userErrors: [
      { code: 'INVALID', field: ['input', 'newPassword'], message: expect.stringContaining('comum') },
    ],
  });
  const input = { token: tokenOf(reset), newPassword: NEW_PASSWORD };
  expect((await vaga.data(RESET, { input })).resetPassword).toEqual({ done: true, userErrors: [] });
  expect((await vaga.data(RESET, { input })).resetPassword).toMatchObject({
    done: false,
    userErrors: [{ code: 'TOKEN_INVALID', field: ['input', 'token'] }],
  });
  await sleep(CALLER_CACHE_MS);
  expect(await errorsOf(END, { id: newId() }, first)).toEqual(['UNAUTHENTICATED']);
  expect((await signInFrom(FIREFOX, { domain, email, password: PASSWORD })).userErrors).toMatchObject([
    { code: 'INVALID_CREDENTIALS' },
  ]);
  expect((await signInFrom(FIREFOX, { domain, email, password: NEW_PASSWORD })).session.user).toEqual({
    id: user.id,
  });
  await expect
    .poll(() => actionsOf(user.id), { timeout: ARRIVAL_LIMIT_MS })
    .toEqual([
      ...['user.created', 'user.password_changed', 'user.signed_in', 'user.signed_in', 'user.signed_in'],
      ...['user.signed_out', 'user.password_changed', 'user.signed_in'],
    ]);
});

const SIGN_UP = 'mutation ($input: SignUpInput!) { signUp(input: $input) { emailSent userErrors { code } } }';
const VERIFY = 'mutation ($token: String!) { verifyEmail(token: $token) { done userErrors { code } } }';

test('a user signs up, verifies the address, and signs in', async () => {
  const { domain } = await newTenant({ selfSignUp: true });
  const email = `${newId()}@fit.example`;
  const input = { domain, name: 'Caio', email, password: PASSWORD };
  const closed = await newTenant();
  expect(await errorsOf(SIGN_UP, { input: { ...input, domain: closed.domain } })).toEqual(['FORBIDDEN']);

  expect((await vaga.data(SIGN_UP, { input })).signUp).toEqual({ emailSent: true, userErrors: [] });
  const first = await linkTo(email, 1);
  expect(first.searchParams.get('action')).toBe('VERIFY_EMAIL');
  const credentials = { domain, email, password: PASSWORD };
  expect((await signInFrom(FIREFOX, credentials)).userErrors).toEqual([
    { code: 'INACTIVE', field: ['input', 'email'] },
  ]);
  const again = await vaga.data(
    'mutation ($domain: String!, $email: EmailAddress!) { requestEmailVerification(domain: $domain, email: $email) }',
    { domain, email },
  );
  expect(again).toEqual({ requestEmailVerification: true });
  const second = await linkTo(email, 2);
  expect((await vaga.data(VERIFY, { token: tokenOf(second) })).verifyEmail).toEqual({
    done: true,
    userErrors: [],
  });
  expect(await errorsOf(VERIFY, { token: tokenOf(second) })).toEqual(['TOKEN_INVALID']);
  const { session } = await signInFrom(FIREFOX, credentials);
  await expect
    .poll(() => actionsOf(session.user.id), { timeout: ARRIVAL_LIMIT_MS })
    .toEqual([...['user.created', 'user.email_verified', 'user.signed_in']]);

  // The answer is the same for the address that is taken now; another tenant's domain reaches nobody.
  expect((await vaga.data(SIGN_UP, { input })).signUp).toEqual({ emailSent: true, userErrors: [] });
  expect(await vaga.data(REQUEST_RESET, { domain: closed.domain, email })).toEqual({
    requestPasswordReset: true,
  });
  await expect.poll(() => mailsTo(email).length, { timeout: ARRIVAL_LIMIT_MS }).toBe(3);
  expect(mailsTo(email)[2]).toContain('Subject: You already have an account: Academia Fit');
  await sleep(3_000);
  expect(mailsTo(email)).toHaveLength(3);
});

test('of an address that a stranger signed up with first, only its owner gets into the account', async () => {
  const { domain } = await newTenant({ selfSignUp: true });
  const email = `${newId()}@fit.example`;
  const strangers = { domain, email, password: 'attacker-password-1' };
  const owners = { domain, email, password: PASSWORD };
  const sent = { signUp: { emailSent: true, userErrors: [] } };
  expect(await vaga.data(SIGN_UP, { input: { ...strangers, name: 'Eva' } })).toEqual(sent);
  const first = await linkTo(email, 1);
  expect(first.searchParams.get('action')).toBe('VERIFY_EMAIL');
  expect(await vaga.data(SIGN_UP, { input: { ...owners, name: 'Ana' } })).toEqual(sent);
  const second = await linkTo(email, 2);
  expect(second.searchParams.get('action')).toBe('RESET_PASSWORD');
  expect(mailsTo(email)[1]).toContain('Subject: Choose your password: Academia Fit');

  expect(await errorsOf(VERIFY, { token: tokenOf(first) })).toEqual(['TOKEN_INVALID']);
  expect(await errorsOf(SIGN_IN, { input: strangers })).toEqual(['INVALID_CREDENTIALS']);
  // Her link outlives what the stranger does next.
  expect(await vaga.data(SIGN_UP, { input: { ...strangers, name: 'Eva' } })).toEqual(sent);
  await linkTo(email, 3);
  const input = { token: tokenOf(second), newPassword: NEW_PASSWORD };
  expect((await vaga.data(RESET, { input })).resetPassword).toEqual({ done: true, userErrors: [] });
  const { session } = await signInFrom(FIREFOX, { ...owners, password: NEW_PASSWORD });
  expect((await vaga.data(ME, {}, { token: session.accessToken })).me.emailVerifiedAt).not.toBeNull();
  expect(await errorsOf(SIGN_IN, { input: strangers })).toEqual(['INVALID_CREDENTIALS']);
});

test('an error is in the language of the client, else of the caller’s tenant, else Portuguese', async () => {
  const { admin } = await newTenant();
  const messageFor = async (language: string, token?: string) =>
    (await vaga.ask('{ tenants { totalCount } }', {}, { token, language })).errors![0]!.message;
  expect(await messageFor('*', admin)).toBe('You are not allowed to do this.');
  expect(await messageFor('fr', admin)).toBe('You are not allowed to do this.');
  expect(await messageFor('pt', admin)).toBe('Você não tem permissão para fazer isso.');
  expect(await messageFor('*')).toBe('Entre na sua conta para fazer isso.');
});

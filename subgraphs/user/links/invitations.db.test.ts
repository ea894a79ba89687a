import { ANONYMOUS, type Caller } from '@libs/auth/caller';
import { connect } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { request } from '@libs/testing/contexts';
import { testDatabase } from '@libs/testing/testDatabases';
import { fixedClock, systemClock } from '@libs/time/clock';
import { afterAll, describe, expect, test } from 'vitest';
import { exportPersonalData } from '../personalData/exportPersonalData.ts';
import { callerOfSession } from '../sessions/reads.ts';
import { signIn } from '../sessions/signIn.ts';
import { emailAddress, newUserInput, refusalsOf, userFixtures, valueOf } from '../user.fixtures.ts';
import { createUser } from '../users/createUser.ts';
import { inviteUser } from '../users/inviteUser.ts';
import { user as readUser } from '../users/reads.ts';
import { updateUser } from '../users/updateUser.ts';
import { acceptInvitation } from './acceptInvitation.ts';
import { linkFixtures, tokenOf } from './links.fixtures.ts';
import { requestLink } from './requestLink.ts';
import { signUp } from './signUp.ts';

const { url } = await testDatabase('user');
const db = connect(url, { name: 'invitations.db.test' });
afterAll(db.close);
const { as, administratorOf, directory, newTenant, newUser, platformAdministrator, tokens, userOf } =
  userFixtures(db, request);
const { deliver } = linkFixtures(db, directory);

const password = 'chosen by the invited';
const INVALID_TOKEN = [['TOKEN_INVALID', 'input.token']];
const hours = (n: number) => systemClock.now().add({ hours: n });

/** An invited user, with the administrator who invited them and the token of the e-mail. */
async function invited(settings = {}) {
  const tenant = newTenant(settings);
  const admin = await administratorOf(tenant.id);
  const user = valueOf(await createUser(as(admin), newUserInput({ invite: true })));
  const [email] = await deliver();
  const input = { domain: tenant.domain, email: user.email!, password };
  return { tenant, admin, user, email: email!, token: tokenOf(email), input };
}

describe('an invitation', () => {
  test('lets the user choose a password, and starts a session', async () => {
    const { tenant, user, email, token, input } = await invited();
    expect(email).toMatchObject({ to: user.email, subject: 'Convite: Clínica Sol' });
    expect(email.text).toContain(`https://${tenant.domain}/?action=ACCEPT_INVITATION&token=`);
    expect(user.invitedAt).not.toBeNull();
    expect(refusalsOf(await signIn(as(), input))).toEqual([['INVALID_CREDENTIALS', null]]);

    const session = valueOf(await acceptInvitation(as(), { token, password, name: 'Ana', phone: '11' }));
    expect(session.user).toMatchObject({ id: user.id, name: 'Ana', phone: '11', invitedAt: null });
    expect(session.user!.emailVerifiedAt).not.toBeNull();
    const { sessionId } = (await tokens.verify(session.accessToken))!;
    expect(await callerOfSession(as(), sessionId)).toMatchObject({ userId: user.id, tenantId: tenant.id });
    expect((await signIn(as(), input)).ok).toBe(true);
    expect(refusalsOf(await acceptInvitation(as(), { token, password }))).toEqual(INVALID_TOKEN);
  });

  test('keeps name and phone that are absent or null, and refuses a bad name and password', async () => {
    const { user, token } = await invited();
    expect(refusalsOf(await acceptInvitation(as(), { token, password: 'short', name: ' ' }))).toEqual([
      ['INVALID', 'input.password'],
      ['INVALID', 'input.name'],
    ]);
    const session = valueOf(await acceptInvitation(as(), { token, password, name: null }));
    expect(session.user).toMatchObject({ name: user.name, phone: user.phone });
  });

  test('works for seven days', async () => {
    const [early, late] = [await invited(), await invited()];
    const accept = (token: string, now = hours(0)) =>
      acceptInvitation(as(ANONYMOUS, { now }), { token, password });
    expect(refusalsOf(await accept(late.token, hours(7 * 24 + 1)))).toEqual(INVALID_TOKEN);
    expect((await accept(early.token, hours(7 * 24 - 1))).ok).toBe(true);
  });

  test('ends with the next one, and with a change of the address', async () => {
    const { admin, user, token } = await invited();
    valueOf(await inviteUser(as(admin), user.id));
    const second = tokenOf((await deliver())[0]);
    expect(refusalsOf(await acceptInvitation(as(), { token, password }))).toEqual(INVALID_TOKEN);
    valueOf(await updateUser(as(admin), { id: user.id, email: emailAddress() }));
    expect(refusalsOf(await acceptInvitation(as(), { token: second, password }))).toEqual(INVALID_TOKEN);
    await deliver();
    valueOf(await inviteUser(as(admin), user.id));
    expect((await acceptInvitation(as(), { token: tokenOf((await deliver())[0]), password })).ok).toBe(true);
  });

  test('is sent again to those who ask for a new password or sign up, since they have none', async () => {
    const { tenant, user, token } = await invited({ selfSignUp: true });
    await requestLink(as(), 'RESET_PASSWORD', { domain: tenant.domain, email: user.email! });
    const [again] = await deliver();
    expect(again!.subject).toBe('Convite: Clínica Sol');
    const input = { domain: tenant.domain, name: 'Ana', email: user.email!, password };
    valueOf(await signUp(as(), input));
    expect((await deliver()).map(({ subject }) => subject)).toEqual(['Convite: Clínica Sol']);
    expect(refusalsOf(await signIn(as(), input))).toEqual([['INVALID_CREDENTIALS', null]]);
    expect((await acceptInvitation(as(), { token, password })).ok).toBe(true);
    expect(refusalsOf(await acceptInvitation(as(), { token: tokenOf(again), password }))).toEqual(
      INVALID_TOKEN,
    );
  });
});

describe('createUser with an invitation', () => {
  test('refuses a password beside it, and an inactive tenant', async () => {
    const tenant = newTenant();
    const admin = as(await platformAdministrator());
    const input = newUserInput({ tenantId: tenant.id, invite: true });
    expect(refusalsOf(await createUser(admin, { ...input, password }))).toEqual([
      ['INVALID', 'input.invite'],
    ]);
    tenant.isActive = false;
    expect(refusalsOf(await createUser(admin, input))).toEqual([['INACTIVE', 'input.tenantId']]);
    expect(valueOf(await createUser(admin, { ...input, invite: false })).invitedAt).toBeNull();
    expect(await deliver()).toEqual([]);
  });
});

describe('inviteUser', () => {
  test('invites a user who never had a password, at most three times an hour', async () => {
    const tenant = newTenant();
    const user = await newUser(tenant.id);
    const admin = await administratorOf(tenant.id);
    const invite = (now = hours(0)) => inviteUser(as(admin, { now }), user.id);
    for (let n = 0; n < 3; n += 1) expect(valueOf(await invite()).invitedAt).not.toBeNull();
    expect(refusalsOf(await invite())).toEqual([['TOO_MANY', 'id']]);
    expect(await deliver()).toHaveLength(1);
    expect((await invite(hours(2))).ok).toBe(true);
  });

  test('refuses users with a password, inactive ones, and those of other tenants', async () => {
    const { admin, tenant, user, token } = await invited();
    valueOf(await acceptInvitation(as(), { token, password }));
    expect(refusalsOf(await inviteUser(as(admin), user.id))).toEqual([['INVALID', 'id']]);
    const away = await newUser(tenant.id);
    valueOf(await updateUser(as(admin), { id: away.id, isActive: false }));
    expect(refusalsOf(await inviteUser(as(admin), away.id))).toEqual([['INACTIVE', 'id']]);
    for (const id of [newId(), (await newUser()).id])
      expect(refusalsOf(await inviteUser(as(admin), id))).toEqual([['NOT_FOUND', 'id']]);
    tenant.isActive = false;
    expect(refusalsOf(await inviteUser(as(await platformAdministrator()), away.id))).toEqual([
      ['INACTIVE', 'id'],
    ]);
  });

  test('requires canManageUsers, and for an ADMIN an administrator', async () => {
    const tenant = newTenant();
    const admin = await newUser(tenant.id, { userType: 'ADMIN' });
    const code = (caller: Caller) =>
      inviteUser(as(caller), admin.id).then(
        () => 'ok',
        (error: { code: string }) => error.code,
      );
    expect(await code(ANONYMOUS)).toBe('UNAUTHENTICATED');
    expect(await code(await userOf(tenant.id))).toBe('FORBIDDEN');
    expect(await code(await userOf(tenant.id, { canManageUsers: true }))).toBe('FORBIDDEN');
    expect(await code(await administratorOf(tenant.id))).toBe('ok');
  });
});

describe('what staff see of e-mails to an address', () => {
  const THREE = [1, 2, 3];
  const requestThree = async (domain: string, email: string) => {
    for (const _ of THREE) await requestLink(as(), 'RESET_PASSWORD', { domain, email });
    return deliver();
  };

  test('is the same whether or not it has an account of another tenant', async () => {
    const [clinic, own] = [newTenant(), newTenant()];
    const patient = await newUser(clinic.id, { password });
    const admin = as(await administratorOf(own.id));
    const invitedAfterRequests = async (email: string) => {
      await requestThree(clinic.domain, email);
      const user = valueOf(await createUser(admin, newUserInput({ email, invite: true })));
      const again = refusalsOf(await inviteUser(admin, user.id));
      const { emails } = valueOf(await exportPersonalData(admin, user.id));
      return { again, emails };
    };
    expect(await invitedAfterRequests(patient.email)).toEqual({ again: [], emails: [] });
    expect(await invitedAfterRequests(emailAddress())).toEqual({ again: [], emails: [] });
  });

  test('is TOO_MANY once their own tenant has sent three, to each other tenant not', async () => {
    const email = emailAddress();
    for (const tenant of [newTenant(), newTenant()]) {
      const admin = as(await administratorOf(tenant.id));
      const user = valueOf(await createUser(admin, newUserInput({ email, invite: true })));
      for (const _ of [1, 2]) expect((await inviteUser(admin, user.id)).ok).toBe(true);
      expect(refusalsOf(await inviteUser(admin, user.id))).toEqual([['TOO_MANY', 'id']]);
    }
    // The last one of the first tenant, which ended those before.
    expect(await deliver()).toHaveLength(1);
  });

  test('includes no fourth e-mail within the hour, and leaves the invitation before in place', async () => {
    const { tenant, admin, user, email, token } = await invited();
    await requestThree(tenant.domain, email.to);
    expect((await inviteUser(as(admin), user.id)).ok).toBe(true);
    expect(await deliver()).toEqual([]);
    expect((await acceptInvitation(as(), { token, password })).ok).toBe(true);
  });
});

test('whether a user is invited or verified shows only to those who see the address', async () => {
  const { user, admin, tenant } = await invited();
  expect((await readUser(as(admin), user.id))!.invitedAt).not.toBeNull();
  expect(await readUser(as(await userOf(tenant.id)), user.id)).toBeNull();
});

test('an invitation that waits is sent late rather than never, but not once it would have expired', async () => {
  const tenant = newTenant();
  const admin = await administratorOf(tenant.id);
  const sentAfter = async (hour: number) => {
    await deliver();
    const { email } = valueOf(await createUser(as(admin), newUserInput({ invite: true })));
    const emails = await deliver(fixedClock(hours(hour).toString()));
    return emails.filter(({ to }) => to === email).length;
  };
  expect([await sentAfter(7 * 24 - 1), await sentAfter(7 * 24 + 1)]).toEqual([1, 0]);
});

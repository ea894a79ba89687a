/** Users, and tenants in place of the tenant subgraph. */
import { keyring } from '@libs/auth/keys';
import { accessTokens } from '@libs/auth/accessToken';
import type { UserRow } from '@drizzle/user/tables';
import {
  ANONYMOUS,
  type Caller,
  type Permissions,
  type PlatformAdministrator,
  type TenantUser,
} from '@libs/auth/caller';
import { tenantOfRow, type TenantId } from '@libs/auth/tenantId';
import type { Db } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import type { TenantProfile, TenantDirectory } from '@libs/directory/tenants';
import { tenantProfile } from './notifications/notifications.fixtures.ts';
import type { RequestContext } from '@libs/graphql/context';
import { unavailable } from '@libs/outcome/apiErrors';
import { silentLog } from '@libs/telemetry/log';
import type { Outcome } from '@libs/outcome/outcome';
import { contextOf, type Context } from './context.ts';
import type { CreateUserInput } from './generated.ts';
import { keyUseRecorder } from './apiKeys/recordKeyUse.ts';
import { signIn } from './sessions/signIn.ts';
import { createUser } from './users/createUser.ts';
import { permissionsOf } from './users/permissions.ts';

export const PASSWORD = 'correct horse battery';

export const emailAddress = (): string => `${newId()}@Academia.example`;

export const newUserInput = (given: Partial<CreateUserInput> = {}): CreateUserInput => ({
  name: 'João Silva',
  email: emailAddress(),
  ...given,
});

/** Throws the refusals, if any. */
export function valueOf<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.refusals));
  return outcome.value;
}

/** Each refusal's code and field. */
export const refusalsOf = (outcome: Outcome<unknown>): [string, string | null][] =>
  outcome.ok ? [] : outcome.refusals.map((one) => [one.code, one.field?.join('.') ?? null]);

/** The subgraph around a database; `request` makes the request part of a context. */
export function userFixtures(db: Db, request: (given: Partial<RequestContext>) => RequestContext) {
  const tenants = new Map<string, TenantProfile>();
  const announced: string[] = [];
  const tokens = accessTokens(keyring('a secret key of tests'), 'HS512');
  /** `isAway`: the tenant subgraph does not answer. */
  const tenantSubgraph = { isAway: false };
  const answer = <T>(value: T): T => {
    if (tenantSubgraph.isAway) throw unavailable();
    return value;
  };
  const directory: Pick<TenantDirectory, 'profile' | 'byDomain'> = {
    profile: async (id) => answer(tenants.get(id)),
    byDomain: async (domain) =>
      answer([...tenants.values()].find((one) => one.domain === domain.toLowerCase())),
  };

  const as = (caller: Caller = ANONYMOUS, given: Partial<RequestContext> = {}): Context =>
    contextOf(request({ ...given, caller }), {
      db,
      tenants: directory,
      accessTokens: tokens,
      sessionRules: { accessTokenHours: 24, refreshTokenDays: 30, sessionDays: 90 },
      announceChange: async (id) => void announced.push(id),
      recordKeyUse: keyUseRecorder(db, silentLog()),
      personalData: { bookings: async () => [], actions: async () => [] },
    });

  function newTenant(settings: Partial<TenantProfile['settings']> = {}): TenantProfile {
    const id = newId() as TenantId;
    const domain = `${id}.example`;
    const tenant = tenantProfile({ id, domain, frontendUrl: `https://${domain}`, settings });
    tenants.set(id, tenant);
    return tenant;
  }

  /** A stored platform administrator, with a session. */
  async function newPlatformAdministrator(): Promise<PlatformAdministrator> {
    const [userId, sessionId] = [newId(), newId()];
    await db.sql`insert into platform_administrators
                   (id, email, password_hash, environment_password_hash, created_at, updated_at)
                 values (${userId}, ${emailAddress()}, '', '', now(), now())`;
    await db.sql`insert into sessions (id, administrator_id, created_at, expires_at)
                 values (${sessionId}, ${userId}, now(), now() + interval '1 day')`;
    return { kind: 'platform', userId, sessionId };
  }
  let platform: Promise<PlatformAdministrator> | undefined;
  const platformAdministrator = () => (platform ??= newPlatformAdministrator());

  /** A stored user, of a new tenant unless one is given. */
  async function newUser(tenantId: TenantId = newTenant().id, given: Partial<CreateUserInput> = {}) {
    const input = newUserInput({ tenantId, ...given });
    const row = valueOf(await createUser(as(await platformAdministrator()), input));
    return { ...row, email: row.email!, tenantId: tenantOfRow(row) };
  }

  /** A tenant with one user, and how to sign in. */
  async function newMember() {
    const tenant = newTenant();
    const user = await newUser(tenant.id, { password: PASSWORD });
    const input = { domain: tenant.domain, email: user.email, password: PASSWORD };
    const signedIn = async () => {
      const session = valueOf(await signIn(as(), input));
      const claims = await tokens.verify(session.accessToken);
      return { ...session, sessionId: claims!.sessionId };
    };
    return { tenant, user, input, signedIn };
  }

  /** Stores a session of the user; returns its id. */
  async function newSession(user: { id: string; tenantId: string }): Promise<string> {
    const id = newId();
    await db.sql`insert into sessions (id, user_id, tenant_id, created_at, expires_at)
                 values (${id}, ${user.id}, ${user.tenantId}, now(), now() + interval '1 day')`;
    return id;
  }

  /** The user as a caller with a session of their own. */
  const callerOf = async (user: UserRow): Promise<TenantUser> => ({
    kind: 'user',
    userId: user.id,
    tenantId: tenantOfRow(user),
    userType: user.userType,
    permissions: permissionsOf(user),
    sessionId: await newSession(user),
  });

  /** A new ADMIN of the tenant as a caller; and a new USER. */
  const administratorOf = async (tenantId: TenantId): Promise<TenantUser> =>
    callerOf(await newUser(tenantId, { userType: 'ADMIN' }));
  const userOf = async (tenantId: TenantId, permissions: Partial<Permissions> = {}): Promise<TenantUser> =>
    callerOf(await newUser(tenantId, { permissions }));

  const isSessionOpen = async (id: string): Promise<boolean> =>
    (await db.sql`select 1 from sessions where id = ${id} and ended_at is null`).length === 1;

  return {
    /** Ids of announced changes. */
    announced,
    as,
    administratorOf,
    callerOf,
    directory,
    isSessionOpen,
    tenantSubgraph,
    newMember,
    newPlatformAdministrator,
    newSession,
    newTenant,
    newUser,
    platformAdministrator,
    tenants,
    tokens,
    userOf,
  };
}

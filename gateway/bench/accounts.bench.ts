/** What requests without a session take for known and unknown addresses, in turn: nobody may learn from it which is which. */
import { newId } from '@libs/db/ids';
import { federation } from '@libs/testing/federation';
import { expect, it } from 'vitest';
import { mutate, PASSWORD, setUpTenant } from '../testing/tenantSetup.ts';
import { median, ratioOf, reporter } from './report.ts';

const report = reporter(import.meta.filename);
/** Each is used once: wrong passwords and e-mails are counted by address. Medians of fewer differ by chance on a machine with other work. */
const ADDRESSES = Number(process.env['BENCH_ADDRESSES'] ?? 1_000);
const WARM_UP = 50;
const MAX_DIFFERENCE = 0.05;

const vaga = await federation({ variables: { LOG_LEVEL: 'fatal', SIGN_INS_PER_MINUTE: '1000000' } });
const platform = await vaga.signIn();
const { tenantId, domain, admin } = await setUpTenant(vaga, platform);
await vaga.data(
  'mutation { updateOrganizationSettings(input: { selfSignUp: true }) { userErrors { code } } }',
  {},
  { token: admin.token },
);

/** Addresses of users who differ in their address alone. */
async function newUsers(count: number): Promise<string[]> {
  const input = { tenantId, name: 'Ana', email: `${newId()}@known.example`, password: PASSWORD };
  const { user } = await mutate(vaga, platform, 'createUser', input, 'user { id }');
  const rows = await vaga.databases.user.sql<{ email: string }[]>`
    insert into users
    select (jsonb_populate_record(known, jsonb_build_object('id', gen_random_uuid(), 'email', gen_random_uuid() || '@known.example'))).*
    from users known, generate_series(1, ${count}) where known.id = ${user.id}
    returning email`;
  return rows.map(({ email }) => email);
}

const requests: [name: string, query: string, variablesOf: (email: string) => object][] = [
  [
    'signIn',
    'mutation ($input: SignInInput!) { signIn(input: $input) { userErrors { code } } }',
    (email) => ({ input: { domain, email, password: 'wrong password' } }),
  ],
  [
    'requestPasswordReset',
    'mutation ($domain: String, $email: EmailAddress!) { requestPasswordReset(domain: $domain, email: $email) }',
    (email) => ({ domain, email }),
  ],
  [
    'signUp',
    'mutation ($input: SignUpInput!) { signUp(input: $input) { emailSent userErrors { code } } }',
    (email) => ({ input: { domain, name: 'Ana', email, password: PASSWORD } }),
  ],
];

it.each(requests)(
  '%s takes as long for an unknown address as for a known one',
  async (name, query, variablesOf) => {
    const times: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] };
    for (const [count, email] of (await newUsers(WARM_UP + ADDRESSES)).entries()) {
      // In random order: what the one before left to do, or another process does at intervals, must not count for one of them alone.
      const pair = [
        ['known', email],
        ['unknown', `${newId()}@unknown.example`],
      ] as const;
      for (const [kind, address] of Math.random() < 0.5 ? pair : pair.toReversed()) {
        const start = performance.now();
        const { errors } = await vaga.ask(query, variablesOf(address) as Record<string, unknown>);
        if (count >= WARM_UP) times[kind].push(performance.now() - start);
        expect(errors).toBeUndefined();
      }
    }
    report({
      name: `${name}, known address, median`,
      unit: 'ms',
      rounds: [median(times.known)],
      beside: [{ name: 'unknown address', rounds: [median(times.unknown)] }],
    });
    expect(Math.abs(ratioOf(times.known, times.unknown) - 1)).toBeLessThan(MAX_DIFFERENCE);
  },
);

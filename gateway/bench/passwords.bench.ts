/** How long a sign-in of one tenant takes: alone, and while another tenant makes users with passwords, 50 requests at a time. */
import { newId } from '@libs/db/ids';
import { federation } from '@libs/testing/federation';
import { expect, it } from 'vitest';
import { PASSWORD, setUpTenant, type TenantSetup } from '../testing/tenantSetup.ts';

const SIGN_INS = 100;
/** Requests of the import that are under way at a time. */
const IMPORT_LANES = 50;

const vaga = await federation({ variables: { LOG_LEVEL: 'fatal', SIGN_INS_PER_MINUTE: '1000000' } });
const platform = await vaga.signIn();
const importer = await setUpTenant(vaga, platform);
const other = await setUpTenant(vaga, platform);

const SIGN_IN = 'mutation ($input: SignInInput!) { signIn(input: $input) { userErrors { code } } }';
const CREATE_USER =
  'mutation ($input: CreateUserInput!) { createUser(input: $input) { userErrors { code } } }';

const say = (line: string) => process.stdout.write(`${line}\n`);
const percentile = (times: number[], share: number) =>
  times.toSorted((a, b) => a - b)[Math.ceil(times.length * share) - 1]!.toFixed(0);

/** One sign-in after the other; how long each took, in milliseconds, and how many were refused. */
async function signIns({ domain, user }: TenantSetup) {
  const times: number[] = [];
  let refused = 0;
  for (let count = 0; count < SIGN_INS; count += 1) {
    const start = performance.now();
    const { errors } = await vaga.ask(SIGN_IN, { input: { domain, email: user.email, password: PASSWORD } });
    times.push(performance.now() - start);
    if (errors) refused += 1;
  }
  return { times, refused };
}

/** Makes users until it is stopped; how many were made, and how many refused. */
function startImport({ tenantId, admin }: TenantSetup) {
  const counts = { made: 0, refused: 0 };
  let isStopped = false;
  const lanes = Array.from({ length: IMPORT_LANES }, async () => {
    while (!isStopped) {
      const input = { tenantId, name: 'Importada', email: `${newId()}@import.example`, password: PASSWORD };
      const { errors } = await vaga.ask(CREATE_USER, { input }, { token: admin.token });
      counts[errors ? 'refused' : 'made'] += 1;
    }
  });
  return {
    async stop() {
      isStopped = true;
      await Promise.all(lanes);
      return counts;
    },
  };
}

const report = (name: string, { times, refused }: { times: number[]; refused: number }) =>
  say(
    `${name}: p50 ${percentile(times, 0.5)} ms, p99 ${percentile(times, 0.99)} ms, ${refused} of ${SIGN_INS} refused`,
  );

it('signs in beside an import of users', async () => {
  await signIns(other);
  report('sign-in alone', await signIns(other));
  const importing = startImport(importer);
  const start = performance.now();
  const beside = await signIns(other);
  const seconds = (performance.now() - start) / 1_000;
  const { made: created, refused } = await importing.stop();
  report(`sign-in beside an import by ${IMPORT_LANES} requests at a time`, beside);
  say(`the import: ${(created / seconds).toFixed(0)} users a second, ${refused} refused`);
  expect(created).toBeGreaterThan(0);
});

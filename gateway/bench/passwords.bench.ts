/** The latency of sign-ins, alone and while another tenant imports users with passwords. */
import { newId } from '@libs/db/ids';
import { federation } from '@libs/testing/federation';
import { expect, it } from 'vitest';
import { PASSWORD, setUpTenant, type TenantSetup } from '../testing/tenantSetup.ts';
import { percentilesOf, reporter, say } from './report.ts';

const report = reporter(import.meta.filename);
const SIGN_INS = 100;
const CONCURRENT_IMPORTS = 50;

const vaga = await federation({ variables: { LOG_LEVEL: 'fatal', SIGN_INS_PER_MINUTE: '1000000' } });
const platform = await vaga.signIn();
const importer = await setUpTenant(vaga, platform);
const other = await setUpTenant(vaga, platform);

const SIGN_IN = 'mutation ($input: SignInInput!) { signIn(input: $input) { userErrors { code } } }';
const CREATE_USER =
  'mutation ($input: CreateUserInput!) { createUser(input: $input) { userErrors { code } } }';

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

/** Creates users until `stop`. */
function startImport({ tenantId, admin }: TenantSetup) {
  const counts = { created: 0, refused: 0 };
  let isStopped = false;
  const workers = Array.from({ length: CONCURRENT_IMPORTS }, async () => {
    while (!isStopped) {
      const input = { tenantId, name: 'Importada', email: `${newId()}@import.example`, password: PASSWORD };
      const { errors } = await vaga.ask(CREATE_USER, { input }, { token: admin.token });
      counts[errors ? 'refused' : 'created'] += 1;
    }
  });
  return {
    async stop() {
      isStopped = true;
      await Promise.all(workers);
      return counts;
    },
  };
}

function reportSignIns(name: string, { times, refused }: { times: number[]; refused: number }): void {
  percentilesOf(name, times).forEach(report);
  say(`${refused} of ${SIGN_INS} refused`);
}

it('signs in during an import of users', async () => {
  await signIns(other);
  reportSignIns('sign-in alone', await signIns(other));
  const importing = startImport(importer);
  const start = performance.now();
  const beside = await signIns(other);
  const seconds = (performance.now() - start) / 1_000;
  const { created, refused } = await importing.stop();
  reportSignIns(`sign-in beside an import by ${CONCURRENT_IMPORTS} concurrent requests`, beside);
  report({ name: 'imported users', unit: '/s', rounds: [created / seconds] });
  say(`${refused} imports refused`);
  expect(created).toBeGreaterThan(0);
});

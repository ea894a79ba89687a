/**
 * `npm run doctor`: looks at everything that Vaga needs, of a system that runs or is about to, and says what to do. Changes nothing; with
 * `--clean` it removes what `npm start` left behind for data folders that are gone. Exits with 1 if something does not work.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { SUBGRAPHS } from '@libs/runtime/subgraphs';
import { readSettings } from '../dev/startSettings.ts';
import { addresses } from './addresses.ts';
import { environmentProblems } from './environmentProblems.ts';
import { fine, problem, linesOf, warning, type Finding } from './doctor/finding.ts';
import { leftFoldersOf, removeLeftFolders } from './doctor/leftFolders.ts';
import { diskFinding, nodeFinding, portFindings, timeZoneFinding } from './doctor/machineFindings.ts';
import { postgresFindings } from './doctor/postgresFindings.ts';
import { redisFindings } from './doctor/redisFindings.ts';
import { restoreFindings } from './doctor/restoreFindings.ts';
import { runCommand } from './runCommand.ts';

const ROOT = path.join(import.meta.dirname, '../..');

async function findings(): Promise<Finding[]> {
  const settings = await readSettings(ROOT, process.env);
  const refused = environmentProblems(settings.variables);
  const left = await leftFoldersOf(ROOT);
  return [
    nodeFinding(),
    timeZoneFinding(),
    ...(refused.length === 0
      ? [fine(`The environment is usable in ${settings.isProduction ? 'production' : 'development'}`)]
      : refused.map((line) => problem(line, 'Correct it in the environment or in .env.'))),
    await diskFinding(settings.dataDir),
    ...(await restoreFindings(settings.dataDir)),
    ...(await portFindings(settings.ports)),
    ...(await serverFindings()),
    ...left.map((folder) =>
      warning(`${folder} belongs to a data folder that is gone`, 'npm run doctor -- --clean'),
    ),
  ];
}

async function serverFindings(): Promise<Finding[]> {
  try {
    const { databases, redis } = await addresses(ROOT, process.env);
    const all = await Promise.all([
      ...SUBGRAPHS.map((name) => postgresFindings(name, databases[name])),
      redisFindings(redis),
    ]);
    return all.flat();
  } catch (error) {
    return [warning((error as Error).message, 'Postgres and Redis were not looked at.')];
  }
}

await runCommand(async () => {
  const { values } = parseArgs({ options: { clean: { type: 'boolean' } } });
  if (values.clean) {
    const removed = await removeLeftFolders(ROOT);
    for (const folder of removed) console.log(`Removed ${folder}`);
    if (removed.length === 0) console.log('Nothing was left behind.');
  } else {
    const found = await findings();
    for (const finding of found) console.log(linesOf(finding));
    if (found.some(({ level }) => level === 'problem')) process.exitCode = 1;
  }
});

/** `npm run backup -- DIR`: copies the data of the servers that `npm start` brings along. See docs/runbook.md. */
import { backUp } from './backups/coldCopy.ts';
import { ownDataDir } from './backups/ownDataDir.ts';
import { CommandFailure, runCommand, UsageError } from './runCommand.ts';

const USAGE = `npm run backup -- DIR
    copies the databases and Redis of npm start, which must be stopped, into the new folder DIR`;

await runCommand(async () => {
  const [target, ...rest] = process.argv.slice(2);
  if (target === undefined || target.startsWith('-') || rest.length > 0) throw new UsageError(USAGE);
  const dataDir = await ownDataDir();
  const { at } = await backUp(dataDir, target).catch((error: Error) => {
    throw new CommandFailure(error.message);
  });
  console.log(`${dataDir}, at ${at}, is in ${target}`);
});

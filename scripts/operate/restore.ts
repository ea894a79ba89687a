/** `npm run restore -- DIR`: puts a backup of `npm run backup` in the place of the data of `npm start`. See docs/runbook.md. */
import { parseArgs } from 'node:util';
import { ownDataDir } from './backups/ownDataDir.ts';
import { restore } from './backups/coldCopy.ts';
import { CommandFailure, runCommand, UsageError } from './runCommand.ts';

const USAGE = `npm run restore -- DIR [--replace]
    puts the backup in DIR in the place of the databases and Redis of npm start, which must be stopped; --replace deletes what is there`;

await runCommand(async () => {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { replace: { type: 'boolean', default: false } },
  });
  const [source, ...rest] = positionals;
  if (source === undefined || rest.length > 0) throw new UsageError(USAGE);
  const dataDir = await ownDataDir();
  const { at } = await restore(source, dataDir, { isReplacing: values.replace }).catch((error: Error) => {
    throw new CommandFailure(error.message);
  });
  console.log(`${dataDir} is as it was at ${at}. npm start migrates it if it is of an earlier release.`);
});

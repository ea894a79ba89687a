/** The machine: Node, time zone data, disk, ports. */
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { PROCESSES, type ProcessName } from '@libs/runtime/subgraphs';
import { isOlder, NEWEST_TIME_ZONE_DATA } from '@libs/runtime/timeZoneData';
import { isPortFree } from '../../dev/servers/ports.ts';
import { fine, problem, warning, type Finding } from './finding.ts';

const MIN_NODE = { major: 20, minor: 19 };
const GIB = 2 ** 30;
/** Below this, Postgres may soon refuse to write. */
const MIN_FREE_BYTES = GIB;
/** Below this, a busy system has little time until then. */
const COMFORTABLE_FREE_BYTES = 5 * GIB;
const HEALTH_LIMIT_MS = 2_000;

export function nodeFinding(version: string = process.versions.node): Finding {
  const [major, minor] = version.split('.').map(Number) as [number, number];
  const isEnough = major > MIN_NODE.major || (major === MIN_NODE.major && minor >= MIN_NODE.minor);
  if (isEnough) return fine(`Node ${version}, ICU ${process.versions.icu}`);
  return problem(`Node ${version} is too old`, `Install Node ${MIN_NODE.major}.${MIN_NODE.minor} or newer.`);
}

/** Looks at the time zone data, by which local times become instants. */
export function timeZoneFinding(release: string = process.versions.tz ?? 'none'): Finding {
  if (!isOlder(release)) return fine(`Time zone data ${release}`);
  return warning(
    `Time zone data ${release} is older than ${NEWEST_TIME_ZONE_DATA}: some zones' clocks have changed since`,
    'Use a newer Node, or its own data: docs/runbook.md, "Time zone data is outdated".',
  );
}

/** Looks at the disk that holds the data folder, which need not exist yet. */
export async function diskFinding(dataDir: string): Promise<Finding> {
  let folder = dataDir;
  while (!existsSync(folder)) folder = path.dirname(folder);
  const { bavail, bsize } = await statfs(folder);
  return judgeDisk(bavail * bsize, folder);
}

export function judgeDisk(freeBytes: number, folder: string): Finding {
  const what = `${(freeBytes / GIB).toFixed(1)} GiB are free at ${folder}`;
  const advice = 'Free some space, or move DATA_DIR to a larger disk.';
  if (freeBytes < MIN_FREE_BYTES) return problem(what, advice);
  return freeBytes < COMFORTABLE_FREE_BYTES ? warning(what, advice) : fine(what);
}

/** Whether each process's port is free, or answers as Vaga does. */
export function portFindings(ports: Record<ProcessName, number>): Promise<Finding[]> {
  return Promise.all(
    PROCESSES.map(async (name) => {
      const port = ports[name];
      if (await isPortFree(port)) return fine(`Port ${port} is free for the ${name}`);
      if (await isHealthy(port)) return fine(`The ${name} answers on port ${port}`);
      return problem(
        `Port ${port}, the ${name}'s, is taken by something else`,
        `End what listens there, or set ${name.toUpperCase()}_PORT.`,
      );
    }),
  );
}

async function isHealthy(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/health`, {
      signal: AbortSignal.timeout(HEALTH_LIMIT_MS),
    });
    return response.ok && ((await response.json()) as { status?: unknown }).status !== undefined;
  } catch {
    return false;
  }
}

/** Hive Gateway before the subgraphs of a system, configured as docs/routers.md says. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SUBGRAPHS } from '@libs/runtime/subgraphs';
import type { Federation } from '@libs/testing/federation';
import { testPort } from '@libs/testing/testPorts';
import { waitUntil } from '@scripts/dev/servers/processes';

const ROOT = path.join(import.meta.dirname, '../..');
const FOLDER = path.join(ROOT, 'node_modules/.cache/hive-gateway');
const PACKAGES = ['@graphql-hive/gateway@2.15.1', 'graphql@16.15.0'];
const READY_LIMIT_MS = 60_000;

/** The configuration of docs/routers.md, with its addition for subscriptions. */
function configuration(port: number, coalesces: boolean): string {
  const guide = readFileSync(path.join(ROOT, 'docs/routers.md'), 'utf8');
  const [config, subscriptions] = [...guide.matchAll(/```js\n([^]*?)```/g)]
    .map(([, code]) => code!)
    .filter((code) => /defineConfig|connectionParams/.test(code));
  return config!
    .replace('port: 4050', `port: ${port}, host: '127.0.0.1'`)
    .replace("'supergraph.graphql'", JSON.stringify(path.join(ROOT, 'gateway/supergraph.graphql')))
    .replace(/(\{ location: .*?\}),/, (entry) => `${entry.slice(0, -2)}, ${subscriptions} },`)
    .replace('options: {', `options: { deduplicateInflightRequests: ${coalesces},`);
}

/**
 * Installs it from the npm registry, half a gigabyte, once for each checkout. The system needs SUBGRAPH_TRUST=token. Resolves once it
 * answers. `coalesces`: equal fetches to a subgraph that are under way at the same time are sent as one.
 */
export async function startHive(
  vaga: Federation,
  { coalesces = true } = {},
): Promise<{ url: string; stop: () => Promise<void> }> {
  mkdirSync(FOLDER, { recursive: true });
  if (!existsSync(path.join(FOLDER, 'node_modules/.bin/hive-gateway'))) {
    writeFileSync(path.join(FOLDER, 'package.json'), '{ "private": true }');
    execFileSync('npm', ['install', '--ignore-scripts', ...PACKAGES], { cwd: FOLDER, stdio: 'inherit' });
  }
  const port = await testPort();
  const url = `http://127.0.0.1:${port}/graphql`;
  writeFileSync(path.join(FOLDER, 'gateway.config.mjs'), configuration(port, coalesces));
  const addresses = SUBGRAPHS.map((name) => [
    `${name.toUpperCase()}_SERVICE_URL`,
    `http://127.0.0.1:${vaga.ports[name]}/graphql`,
  ]);
  const hive = spawn('node_modules/.bin/hive-gateway', ['supergraph', '-c', 'gateway.config.mjs'], {
    cwd: FOLDER,
    env: { ...process.env, ...Object.fromEntries(addresses), NODE_ENV: 'production' },
    stdio: 'ignore',
  });
  const body = JSON.stringify({ query: '{ __typename }' });
  const isReady = () =>
    fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body }).then(
      ({ ok }) => ok,
      () => false,
    );
  if (!(await waitUntil(isReady, READY_LIMIT_MS))) throw new Error('Hive Gateway was not ready in time');
  return {
    url,
    async stop() {
      hive.kill('SIGKILL');
      await once(hive, 'exit');
    },
  };
}

/** Bundles each process into one file. Only our own code is bundled: packages stay in node_modules, and SDL, pages and migrations are read from their place in the source. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { SUBGRAPHS } from '@libs/runtime/subgraphs';
import { build, type BuildOptions, type Plugin } from 'esbuild';

/** For operators, who may have the image alone. */
const COMMANDS = ['migrate', 'events', 'reconcile', 'export', 'partition'];

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Bundles the five processes, the commands of operators and the image's health check into `outdir`: `gateway.js`, `booking.js`, …. The folder must be in this tree, so that
 * the bundles find the packages. Takes about 0.2 s.
 */
export async function bundle(outdir: string, logLevel: BuildOptions['logLevel'] = 'warning'): Promise<void> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: {
      ...Object.fromEntries(SUBGRAPHS.map((name) => [name, `subgraphs/${name}/main.ts`])),
      gateway: 'gateway/main.ts',
      ...Object.fromEntries(COMMANDS.map((name) => [name, `scripts/operate/${name}.ts`])),
      isReady: 'scripts/operate/isReady.ts',
    },
    outdir,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: true,
    plugins: [packagesOutside, sourceAddress(outdir)],
    logLevel,
  });
}

/** Code finds its files by `import.meta.url`, so each source keeps its own address in the bundle. */
const sourceAddress = (outdir: string): Plugin => ({
  name: 'source-address',
  setup: ({ onLoad }) => {
    onLoad({ filter: /\.ts$/ }, async ({ path: file }) => {
      const source = path.relative(outdir, file).split(path.sep).join('/');
      const address = `new URL(${JSON.stringify(source)}, import.meta.url).href`;
      return {
        contents: (await readFile(file, 'utf8')).replaceAll('import.meta.url', address),
        loader: 'ts',
      };
    });
  },
});

/** Leaves packages out of the bundles, except our own, which are TypeScript. */
const packagesOutside: Plugin = {
  name: 'packages-outside',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^[^./]/ }, ({ path: name }) =>
      /^@(libs|drizzle)\//.test(name) ? undefined : { external: true },
    );
  },
};

/**
 * `npm run build`: bundles each process into one file in `dist/`, for production. Our own code is bundled; packages stay outside,
 * in node_modules. SDL and migrations are read from where they stand, so `dist/` lies at the root of the same tree.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { SUBGRAPHS } from '@libs/runtime/subgraphs';
import { build, type Plugin } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const outdir = path.join(root, 'dist');

/** Files are found beside the source that names them: in a bundle, `import.meta.url` is kept that source's own address. */
const sourceAddress: Plugin = {
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
};

/** Packages stay outside; ours, which are TypeScript, do not. */
const packagesOutside: Plugin = {
  name: 'packages-outside',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^[^./]/ }, ({ path: name }) =>
      /^@(libs|drizzle)\//.test(name) ? undefined : { external: true },
    );
  },
};

await build({
  absWorkingDir: root,
  entryPoints: {
    ...Object.fromEntries(SUBGRAPHS.map((name) => [name, `subgraphs/${name}/main.ts`])),
    gateway: 'gateway/main.ts',
    migrate: 'scripts/operate/migrate.ts',
  },
  outdir,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  sourcemap: true,
  plugins: [packagesOutside, sourceAddress],
  logLevel: 'info',
});

/** `npm run build [-- folder]`: bundles the processes into `dist/` (or another folder of this tree), for production. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
await bundle(path.resolve(root, process.argv[2] ?? 'dist'), 'info');

/** `npm start`: installs what is missing, then runs start.ts in this process, so that signals have one receiver. */
import { ensureInstalled } from '../build/install.mjs';

ensureInstalled();
const { register } = await import('tsx/esm/api');
register();
await import('./start.ts');

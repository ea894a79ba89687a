/** `npm run permissions` writes docs/permissions.md; a unit test fails where it is stale. */
import { writeFileSync } from 'node:fs';
import { permissionsDocument } from './permissionTable.ts';

writeFileSync(new URL('../../docs/permissions.md', import.meta.url), permissionsDocument());

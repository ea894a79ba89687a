/**
 * Mends of packages that their authors have not published yet, made on the installed files; each says what it waits for. Run by
 * every command before anything else (`install.mjs`), and by the Dockerfile.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/**
 * postgres 3.4.9 writes on a socket that is gone when a connection is lost within a transaction, which ends the process
 * (porsager/postgres #1066, #1154, #1208). Mended, the statement rejects with CONNECTION_CLOSED and the pool goes on.
 */
const postgres = ['src', 'cjs/src'].map((folder) => ({
  file: `node_modules/postgres/${folder}/connection.js`,
  edits: [
    {
      from: '    clearImmediate(nextWriteTimer)\n    socket.removeListener',
      to: '    clearImmediate(nextWriteTimer)\n    chunk = nextWriteTimer = null\n    socket.removeListener',
    },
    {
      from: '  function nextWrite(fn) {\n    const x',
      to:
        '  function nextWrite(fn) {\n' +
        '    if (socket === null) {\n' +
        '      nextWriteTimer !== null && clearImmediate(nextWriteTimer)\n' +
        '      chunk = nextWriteTimer = null\n' +
        "      error(Errors.connection('CONNECTION_CLOSED', options))\n" +
        '      return false\n' +
        '    }\n' +
        '    const x',
    },
  ],
}));

/** Makes every mend that is not made yet. Throws where a package no longer is what the mend was written for. */
export function applyPatches() {
  for (const { file, edits } of postgres) {
    const target = path.join(ROOT, file);
    const before = readFileSync(target, 'utf8');
    let after = before;
    for (const { from, to } of edits) {
      if (after.includes(to)) continue;
      if (!after.includes(from))
        throw new Error(`${file} is not what scripts/build/patches.mjs was written for`);
      after = after.replace(from, () => to);
    }
    if (after !== before) writeFileSync(target, after);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) applyPatches();

/**
 * Patches the installed files of packages for fixes that are not released yet (decision 16). Every command runs this first
 * (`install.mjs`), and so does the Dockerfile.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/**
 * postgres 3.4.9 writes to a closed socket when a connection is lost within a transaction, and the exception ends the process
 * (porsager/postgres #1066, #1154, #1208). Patched, the statement rejects with CONNECTION_CLOSED and the pool goes on.
 *
 * It also forgets a statement that was sent between the `error` and the `close` of a socket, and later resolves it with an empty result: as
 * soon as the connection is open again. Patched, it rejects with CONNECTION_CLOSED. Errors of a socket that it has closed, such as those of
 * what it wrote to TLS at that moment, end the process; patched, they are ignored.
 */
const postgres = ['src', 'cjs/src'].map((folder) => ({
  file: `node_modules/postgres/${folder}/connection.js`,
  edits: [
    {
      from: '    clearImmediate(nextWriteTimer)\n    socket.removeListener',
      to: '    clearImmediate(nextWriteTimer)\n    chunk = nextWriteTimer = null\n    socket.removeListener',
    },
    {
      from: "    !hadError && (query || sent.length) && error(Errors.connection('CONNECTION_CLOSED', options, socket))",
      to:
        "    if (query || sent.length) error(Errors.connection('CONNECTION_CLOSED', options, socket))\n" +
        '    query = null',
    },
    {
      from: '    socket.removeAllListeners()\n    socket = null',
      to: "    socket.removeAllListeners().on('error', noop)\n    socket = null",
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

/** Applies the patches that are missing. Throws where a package's code is not the one that the patch was written for. */
export function applyPatches() {
  for (const { file, edits } of postgres) {
    const target = path.join(ROOT, file);
    const before = readFileSync(target, 'utf8');
    let after = before;
    for (const { from, to } of edits) {
      if (after.includes(to)) continue;
      if (!after.includes(from))
        throw new Error(`${file} is not the file that scripts/build/patches.mjs was written for`);
      after = after.replace(from, () => to);
    }
    if (after !== before) writeFileSync(target, after);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) applyPatches();

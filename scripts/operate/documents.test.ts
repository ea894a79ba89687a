import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { documentId, parseManifest } from '../../gateway/documents/manifest.ts';

const ME = 'query Me { me { id } }';
const TENANT = 'query Tenant($domain: String!) { tenantByDomain(domain: $domain) { name } }';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'documents-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string | object): string {
  const file = path.join(folder, name);
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

function run(...files: string[]): { code: number; text: string } {
  const out = path.join(folder, 'out.json');
  const args = ['node_modules/.bin/tsx', 'scripts/operate/documents.ts', '--out', out, ...files];
  try {
    return { code: 0, text: execFileSync(process.execPath, args, { encoding: 'utf8', stdio: 'pipe' }) };
  } catch (error) {
    const { status, stderr } = error as { status: number; stderr: string };
    return { code: status, text: stderr };
  }
}

it('gathers Apollo’s and Relay’s manifests and .graphql files into one that the gateway reads', () => {
  const apollo = write('apollo.json', {
    format: 'apollo-persisted-query-manifest',
    version: 1,
    operations: [{ id: documentId(ME).replace('sha256:', ''), name: 'Me', type: 'query', body: ME }],
  });
  const relay = write('relay.json', { d41d8cd98f00b204e9800998ecf8427e: TENANT });
  const plain = write('me.graphql', ME);
  const { code, text } = run(apollo, relay, plain);
  expect({ code, text }).toMatchObject({ code: 0, text: expect.stringContaining('3 ids of 2 documents') });
  expect(Object.fromEntries(parseManifest(readFileSync(path.join(folder, 'out.json'), 'utf8')))).toEqual({
    [documentId(ME)]: ME,
    [documentId(TENANT)]: TENANT,
    d41d8cd98f00b204e9800998ecf8427e: TENANT,
  });
});

it('names every document that the schema cannot serve, and writes nothing', () => {
  const wrong = write('wrong.json', { one: '{ nothing }', two: '{ me {' });
  const { code, text } = run(write('me.graphql', ME), wrong, write('list.json', []));
  expect(code).toBe(1);
  expect(text).toMatch(/one: Cannot query field "nothing"[^]*two: Syntax Error[^]*list\.json: neither/);
  expect(() => readFileSync(path.join(folder, 'out.json'))).toThrow('ENOENT');
});

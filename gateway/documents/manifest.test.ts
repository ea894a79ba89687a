import { describe, expect, it } from 'vitest';
import { documentId, parseManifest } from './manifest.ts';

const ROOM = '{ room { name } }';
const CALLER = '{ caller }';
const bareHash = (document: string) => documentId(document).replace('sha256:', '');
const apollo = (...operations: object[]) =>
  JSON.stringify({ format: 'apollo-persisted-query-manifest', version: 1, operations });

describe('a manifest', () => {
  it('has documents by the SHA-256 of their text, or by ids of another scheme', () => {
    const manifest = { [documentId(ROOM)]: ROOM, 'a-custom-id': CALLER };
    expect([...parseManifest(JSON.stringify(manifest))]).toEqual([
      [documentId(ROOM), ROOM],
      ['a-custom-id', CALLER],
    ]);
  });

  it('may be Apollo’s, whose ids are bare hashes', () => {
    const operation = { id: bareHash(ROOM), name: 'Room', type: 'query', body: ROOM };
    expect([...parseManifest(apollo(operation))]).toEqual([[documentId(ROOM), ROOM]]);
  });

  it.each([
    ['text that is not JSON', '{', 'not JSON'],
    ['a list', '[]', 'neither'],
    ['nothing', '{}', 'neither'],
    ['documents that are not text', '{ "a": 1 }', 'neither'],
    ['another version of Apollo’s form', apollo().replace('"version":1', '"version":2'), 'neither'],
    ['a hash of another document', JSON.stringify({ [documentId(ROOM)]: CALLER }), 'is not the SHA-256'],
    ['a bare hash of another document', JSON.stringify({ [bareHash(ROOM)]: CALLER }), 'is not the SHA-256'],
    ['two documents of one id', apollo({ id: 'a', body: ROOM }, { id: 'a', body: CALLER }), 'two documents'],
  ])('is refused if it is %s', (_name, text, reason) => {
    expect(() => parseManifest(text)).toThrow(reason);
  });
});

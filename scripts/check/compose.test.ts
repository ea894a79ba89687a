import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { composition } from './composition.ts';

const root = path.join(import.meta.dirname, '../..');
const scratch = mkdtempSync(path.join(tmpdir(), 'compose-'));
afterAll(() => rmSync(scratch, { recursive: true }));

function subgraph(folder: string, name: string, sdl: string): void {
  const noun = path.join(scratch, folder, name, 'nouns');
  mkdirSync(noun, { recursive: true });
  writeFileSync(path.join(noun, 'schema.graphql'), sdl);
}

describe('composition', () => {
  it('is committed in its current state', () => {
    const composed = composition(path.join(root, 'subgraphs'));
    const committed = (name: string) => readFileSync(path.join(root, 'gateway', `${name}.graphql`), 'utf8');
    const advice = 'stale; run: npm run compose';
    expect(committed('supergraph') === composed.supergraph, advice).toBe(true);
    expect(committed('schema') === composed.schema, advice).toBe(true);
  });

  it('joins the fields that two subgraphs give to one type, and hides inaccessible ones', () => {
    subgraph(
      'good',
      'tenant',
      'type Query { a: A } type A @key(fields: "id") { id: ID! secret: Int @inaccessible }',
    );
    subgraph('good', 'user', 'type A @key(fields: "id") { id: ID! name: String }');
    const { schema, supergraph } = composition(path.join(scratch, 'good'));
    expect(schema).toContain('type A {\n  id: ID!\n  name: String\n}');
    expect(supergraph).toContain('secret');
    expect(supergraph).toContain('http://127.0.0.1:4002/graphql');
  });

  it('names the fields that do not compose', () => {
    subgraph('bad', 'tenant', 'type Query { a: String }');
    subgraph('bad', 'user', 'type Query { a: Int }');
    expect(() => composition(path.join(scratch, 'bad'))).toThrow(/do not compose:\n.*Query\.a/);
  });

  it('refuses a folder that no process serves', () => {
    subgraph('unknown', 'invoices', 'type Query { a: Int }');
    expect(() => composition(path.join(scratch, 'unknown'))).toThrow('invoices');
  });
});

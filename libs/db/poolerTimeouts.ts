import { TIMEOUTS, type Db } from './connect.ts';

/** Timeouts not set in this session: a pooler must set them (docs/scaling.md). */
export async function poolerWithoutTimeouts({ sql }: Pick<Db, 'sql'>): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select name from pg_settings where name = any(${Object.keys(TIMEOUTS)}) and setting = '0' order by name`;
  return rows.map(({ name }) => name);
}

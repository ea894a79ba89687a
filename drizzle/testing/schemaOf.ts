/** Describes a database's schema as lines of text, for comparison in tests. */
import type postgres from 'postgres';

const OWN = `n.nspname = 'public' and not exists (
  select 1 from pg_depend e where e.classid = any(array['pg_class'::regclass, 'pg_proc'::regclass, 'pg_type'::regclass])
  and e.objid = o.oid and e.deptype = 'e')`;

/** Each selects `what`. */
const QUERIES: Record<string, string> = {
  extension: `select extname as what from pg_extension`,
  relation: `
    select concat_ws(' ', o.relkind, o.relname, array_to_string(o.reloptions, ','), o.relrowsecurity) as what
    from pg_class o join pg_namespace n on n.oid = o.relnamespace where ${OWN}`,
  column: `
    select concat_ws(' ', o.relname, row_number() over (partition by o.oid order by a.attnum), a.attname,
      format_type(a.atttypid, a.atttypmod), case when a.attnotnull then 'not null' end,
      'identity=' || a.attidentity::text, 'generated=' || a.attgenerated::text, 'default=' || pg_get_expr(d.adbin, d.adrelid),
      (select collname from pg_collation where oid = a.attcollation)) as what
    from pg_class o join pg_namespace n on n.oid = o.relnamespace
    join pg_attribute a on a.attrelid = o.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef d on d.adrelid = o.oid and d.adnum = a.attnum
    where o.relkind in ('r', 'p', 'v', 'm') and ${OWN}`,
  index: `
    select pg_get_indexdef(o.oid) || case when i.indisvalid then '' else ' INVALID' end as what
    from pg_index i join pg_class o on o.oid = i.indexrelid join pg_namespace n on n.oid = o.relnamespace where ${OWN}`,
  constraint: `
    select concat_ws(' ', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid), c.convalidated) as what
    from pg_constraint c join pg_class o on o.oid = c.conrelid join pg_namespace n on n.oid = o.relnamespace where ${OWN}`,
  trigger: `
    select pg_get_triggerdef(t.oid) as what
    from pg_trigger t join pg_class o on o.oid = t.tgrelid join pg_namespace n on n.oid = o.relnamespace
    where not t.tgisinternal and ${OWN}`,
  policy: `select concat_ws(' ', tablename, policyname, cmd, qual, with_check) as what from pg_policies where schemaname = 'public'`,
  view: `select concat_ws(' ', viewname, definition) as what from pg_views where schemaname = 'public'`,
  function: `
    select pg_get_functiondef(o.oid) as what
    from pg_proc o join pg_namespace n on n.oid = o.pronamespace where o.prokind in ('f', 'p') and ${OWN}`,
  sequence: `
    select concat_ws(' ', o.relname, format_type(s.seqtypid, null), s.seqstart, s.seqincrement, s.seqmin, s.seqmax,
      s.seqcache, s.seqcycle, owner.refobjid::regclass, a.attname) as what
    from pg_sequence s join pg_class o on o.oid = s.seqrelid join pg_namespace n on n.oid = o.relnamespace
    left join pg_depend owner on owner.objid = o.oid and owner.deptype in ('a', 'i') and owner.refobjsubid > 0
    left join pg_attribute a on a.attrelid = owner.refobjid and a.attnum = owner.refobjsubid
    where ${OWN}`,
  type: `
    select concat_ws(' ', o.typname, (select string_agg(enumlabel, ',' order by enumsortorder) from pg_enum where enumtypid = o.oid)) as what
    from pg_type o join pg_namespace n on n.oid = o.typnamespace where o.typtype in ('e', 'd') and ${OWN}`,
  statistics: `select pg_get_statisticsobjdef(oid) as what from pg_statistic_ext`,
};

/** One line for each object of the schema `public` and each extension, sorted; without the extensions' own objects. */
export async function schemaOf(sql: postgres.Sql): Promise<string[]> {
  const lines: string[] = [];
  for (const [kind, query] of Object.entries(QUERIES)) {
    const rows = await sql.unsafe<{ what: string }[]>(query);
    lines.push(...rows.map(({ what }) => `${kind} ${what}`).toSorted());
  }
  return lines;
}

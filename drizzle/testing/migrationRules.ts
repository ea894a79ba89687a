/**
 * What a migration may do while the release before it runs (docs/migrations.md). squawk (squawkhq.com/docs/rules) finds what locks, rewrites or
 * takes away; an exception names the rule in a comment, with the reason before it.
 */
import { execFileSync } from 'node:child_process';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '../..');
const SQUAWK = path.join(ROOT, 'node_modules/squawk-cli/js/bin/squawk');
/** As in docker-compose.yml and the embedded server. */
const POSTGRES_VERSION = '18';
const EXCLUDED = [
  // `migrate` sets a lock timeout for every migration. A statement may take its time.
  'require-lock-timeout',
  'require-statement-timeout',
  // Matters of taste.
  'prefer-bigint-over-int',
  'prefer-bigint-over-smallint',
  'prefer-timestamp-tz',
  'require-enum-value-ordering',
];

type Finding = { rule: string; line: number };
type Reported = { rule_name: string; line: number };

/** A statement that writes many rows holds its locks for as long: not known to squawk. */
const WRITES_ROWS =
  /^\s*(update|delete\s+from|insert\s+into[\s\S]*\sselect|with[\s\S]*(update|delete|insert))\s/i;
const MAY_WRITE_ROWS = /^-- migration-allow writes-rows: \S/m;
const BREAKPOINT = '--> statement-breakpoint';
const COMMENT = /^\s*--.*$/gm;

function writesRows(sql: string): Finding[] {
  let line = 0;
  return sql.split(BREAKPOINT).flatMap((statement) => {
    const start = line;
    line += statement.split('\n').length - 1;
    const isWriting = WRITES_ROWS.test(statement.replaceAll(COMMENT, ''));
    return isWriting && !MAY_WRITE_ROWS.test(statement) ? [{ rule: 'writes-rows', line: start }] : [];
  });
}

/** The rules that the text of a migration breaks, with the line, from 0. */
export function brokenRulesOf(sql: string): Finding[] {
  const args = ['--reporter', 'json', '--pg-version', POSTGRES_VERSION, '--assume-in-transaction'];
  let output: string;
  try {
    output = execFileSync(process.execPath, [SQUAWK, ...args, '--exclude', EXCLUDED.join(',')], {
      input: sql,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'ignore'],
    });
  } catch (error) {
    // It exits with 1 if it finds something.
    output = (error as { stdout?: string }).stdout ?? '';
    if (!output.startsWith('[')) throw error;
  }
  const found = JSON.parse(output) as Reported[];
  return [...found.map(({ rule_name: rule, line }) => ({ rule, line })), ...writesRows(sql)];
}

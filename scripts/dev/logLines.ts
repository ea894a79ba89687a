/** Turns a process's log (pino: one JSON object on each line) into short lines for people. */

/** Pino's levels. */
const LEVELS = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60, silent: Infinity } as const;
const isLevel = (name: string): name is keyof typeof LEVELS => name in LEVELS;

type Entry = {
  level: number;
  msg?: string;
  err?: { message?: string; stack?: string };
  traceId?: string;
  // In lines about requests and events.
  operation?: string;
  event?: string;
  events?: number;
  outcome?: string;
  codes?: string[];
  caller?: string;
  ms?: number;
  // In lines about e-mails, in development without a mail server.
  to?: string;
  subject?: string;
  text?: string;
};

/**
 * Returns `[booking] warn: sentence (why)`, or undefined for an entry below `shownLevel`. Entries from level error on include the
 * stack. A line that is no log entry, such as a crash during start, is shown unchanged.
 */
export function readable(name: string, line: string, shownLevel: string): string | undefined {
  const entry = parse(line);
  if (!entry) return line.trim() === '' ? undefined : `[${name}] ${line}`;
  const threshold = isLevel(shownLevel) ? LEVELS[shownLevel] : LEVELS.warn;
  if (entry.level < threshold) return undefined;
  const level = Object.entries(LEVELS).find(([, value]) => value === entry.level)?.[0] ?? String(entry.level);
  const trace = entry.traceId ? ` [trace ${entry.traceId}]` : '';
  const why = entry.level >= LEVELS.error ? entry.err?.stack : entry.err?.message;
  return `[${name}] ${level}: ${entry.msg ?? ''}${detailsOf(entry)}${why ? ` (${why})` : ''}${trace}${emailOf(entry)}`;
}

/** The lines of an e-mail, whose links people open; '' for other entries. */
function emailOf({ to, subject, text }: Entry): string {
  if (to === undefined || text === undefined) return '';
  return [`To: ${to}`, `Subject: ${subject ?? ''}`, '', ...text.trimEnd().split('\n')]
    .map((line) => (line === '' ? '\n' : `\n    ${line}`))
    .join('');
}

/** `: Mine ok 12 ms user`; '' for entries that are of no request and no event. */
function detailsOf({ operation, event, events, outcome, codes = [], caller, ms }: Entry): string {
  const parts = [
    operation,
    event,
    events,
    outcome,
    ...codes,
    ms === undefined ? undefined : `${ms} ms`,
    caller,
  ];
  const known = parts.filter((part) => part !== undefined);
  return ms === undefined && outcome === undefined ? '' : `: ${known.join(' ')}`;
}

function parse(line: string): Entry | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value = JSON.parse(line) as Entry;
    return typeof value.level === 'number' ? value : undefined;
  } catch {
    return undefined;
  }
}

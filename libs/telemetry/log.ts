/** Structured logs: one JSON object a line on stdout (pino). */
import { pino, type Logger } from 'pino';

export type Log = Logger;

/** What must never reach a log, wherever it stands in an object of the first two levels. */
const SECRET_FIELDS = ['password', 'secret', 'token', 'accessToken', 'refreshToken', 'authorization'];

/** A log for one process; `level` as pino knows them. */
export function createLog(name: string, level: string = 'info'): Log {
  return pino({
    name,
    level,
    base: { service: name },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]), censor: '[redacted]' },
  });
}

/** A log that says nothing, for tests. */
export const silentLog = (): Log => pino({ level: 'silent' });

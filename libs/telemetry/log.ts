/** Structured logs: one JSON object a line on stdout (pino). */
import { pino, type DestinationStream, type Logger, type LoggerOptions } from 'pino';

export type Log = Logger;

/** What must never reach a log, wherever it stands in an object of the first two levels. */
const SECRET_FIELDS = [
  'password',
  'secret',
  'token',
  'accessToken',
  'refreshToken',
  'authorization',
  'passport',
  'sessionId',
];
/** Fields of a database's errors that hold what a statement was given, or the row that it would have written. */
const VALUE_FIELDS = ['params', 'parameters', 'args', 'detail', 'where'];

type Serialized = Record<string, unknown> & { message?: string; stack?: string };

/** `error` and what it was caused by. */
function chainOf(error: unknown): { params?: unknown; detail?: unknown; cause?: unknown }[] {
  const chain: { cause?: unknown }[] = [];
  for (let one = error; one instanceof Error && !chain.includes(one); one = one.cause) chain.push(one);
  return chain;
}

/**
 * An error as pino writes it, without the values of the statement that failed: among them are session ids, password hashes and what
 * people are called. drizzle has them in its sentence too.
 */
function withoutValues(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const values = chainOf(error).flatMap(({ params }) =>
    Array.isArray(params) ? [`\nparams: ${String(params)}`] : [],
  );
  const without = (text: string | undefined) =>
    text && values.reduce((left, value) => left.replaceAll(value, ''), text);
  const { message, stack, raw: _, ...rest } = pino.stdSerializers.err(error) as unknown as Serialized;
  const kept = Object.entries(rest).filter(([field]) => !VALUE_FIELDS.includes(field));
  return { ...Object.fromEntries(kept), message: without(message), stack: without(stack) };
}

/** A log for one process; `level` as pino knows them. Written to stdout unless there is another `destination`. */
export function createLog(name: string, level: string = 'info', destination?: DestinationStream): Log {
  const options: LoggerOptions = {
    name,
    level,
    base: { service: name },
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: withoutValues },
    redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]), censor: '[redacted]' },
  };
  return destination ? pino(options, destination) : pino(options);
}

/** A log that says nothing, for tests. */
export const silentLog = (): Log => pino({ level: 'silent' });

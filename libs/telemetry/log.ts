/** Structured logs: a JSON object per line on stdout. */
import { pino, type DestinationStream, type Logger, type LoggerOptions } from 'pino';

export type Log = Logger;

/** Redacted in the top two levels of a logged object. */
const SECRET_FIELDS = [
  'password',
  'secret',
  'token',
  'accessToken',
  'refreshToken',
  'authorization',
  'passport',
  'sessionId',
  'apiKey',
  'cookie',
  'email',
  'notes',
];
/** Lines that wait for a slow reader of the log; further lines are dropped. UTF-16 code units, which are bytes of most logs. */
export const MAX_WAITING_LOG = 16 * 1024 * 1024;
/** Fields of database errors that contain values. */
const VALUE_FIELDS = ['params', 'parameters', 'args', 'detail', 'where'];

type Serialized = Record<string, unknown> & { message?: string; stack?: string };

function causeChain(error: unknown): { params?: unknown; detail?: unknown; cause?: unknown }[] {
  const chain: { cause?: unknown }[] = [];
  for (let link = error; link instanceof Error && !chain.includes(link); link = link.cause) chain.push(link);
  return chain;
}

/** Omits the failed statement's values, such as session ids, password hashes and names, which drizzle repeats in its message. */
function errorWithoutValues(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const values = causeChain(error).flatMap(({ params }) =>
    Array.isArray(params) ? [`\nparams: ${String(params)}`] : [],
  );
  const removeValues = (text: string | undefined) =>
    text && values.reduce((rest, value) => rest.replaceAll(value, ''), text);
  const { message, stack, raw: _, ...fields } = pino.stdSerializers.err(error) as unknown as Serialized;
  const kept = Object.entries(fields).filter(([field]) => !VALUE_FIELDS.includes(field));
  return { ...Object.fromEntries(kept), message: removeValues(message), stack: removeValues(stack) };
}

export function createLog(name: string, level: string = 'info', destination?: DestinationStream): Log {
  const options: LoggerOptions = {
    name,
    level,
    base: { service: name },
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: errorWithoutValues },
    redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]), censor: '[redacted]' },
  };
  return pino(options, destination ?? pino.destination({ dest: 1, sync: false, maxLength: MAX_WAITING_LOG }));
}

/** For tests. */
export const silentLog = (): Log => pino({ level: 'silent' });

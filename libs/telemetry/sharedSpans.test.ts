import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sharedSpans } from './sharedSpans.ts';
import { newTraceId } from './trace.ts';
import { announcementOf, inSpan, recordSpans } from './traceSpans.ts';

const exporter = new InMemorySpanExporter();
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
trace.setGlobalTracerProvider(
  new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
);
/** Traces that begin with 0 are not recorded. */
const isSampled = (traceId: string) => !traceId.startsWith('0');
beforeEach(() => recordSpans({ isSampled, useSpanId: () => {} }));
afterEach(() => {
  recordSpans(undefined);
  exporter.reset();
});

const EVENT_ID = '01890000-0000-7000-8000-0000000000aa';
const causeIn = (traceId: string) => announcementOf({ traceId, eventId: EVENT_ID })!;
const newCause = () => causeIn(`1${newTraceId().slice(1)}`);
const ended = (name: string) => exporter.getFinishedSpans().filter((span) => span.name === name);
const END = { timeout: 3_000 };

it('counts in one span what many do, and records what the first five contain', async () => {
  const shared = sharedSpans('change');
  const cause = newCause();
  for (let index = 0; index < 1_000; index += 1) {
    const share = shared.join(cause)!;
    await share.within(() => inSpan('part', {}, async () => {}));
    share.end({ clients: 2 });
    share.end({ clients: 2 });
  }
  await expect.poll(() => ended('change').length, END).toBe(1);
  const [span] = ended('change');
  expect(span!.attributes).toEqual({ clients: 2_000 });
  expect(span!.spanContext().traceId).toBe(cause.traceId);
  expect(span!.parentSpanContext!.spanId).toBe('80000000000000aa');
  expect(ended('part')).toHaveLength(5);
  for (const part of ended('part')) expect(part.parentSpanContext!.spanId).toBe(span!.spanContext().spanId);
});

it('ends a span with the last work, also if that takes longer than others may join', async () => {
  const shared = sharedSpans('change');
  const cause = newCause();
  const [quick, slow] = [shared.join(cause)!, shared.join(cause)!];
  quick.end({ clients: 1 });
  await sleep(1_300);
  expect(ended('change')).toEqual([]);
  // A later one is another span.
  const late = shared.join(cause)!;
  expect(late.spanContext.spanId).not.toBe(slow.spanContext.spanId);
  slow.end({ clients: 1 }, true);
  late.end({ clients: 5 });
  expect(ended('change')).toHaveLength(1);
  const [seconds, nanoseconds] = ended('change')[0]!.duration;
  expect(seconds + nanoseconds / 1e9).toBeGreaterThan(1.2);
  expect(ended('change')[0]!.attributes).toEqual({ clients: 2 });
  expect(ended('change')[0]!.status.code).toBe(2);
  await expect.poll(() => ended('change').length, END).toBe(2);
  const [, later] = ended('change');
  expect(later!.attributes).toEqual({ clients: 5 });
  // It waited for others, which is not its own time.
  expect(later!.duration[0]).toBe(0);
});

it('records a limited number of causes at once, and others later', async () => {
  const shared = sharedSpans('change');
  const joined = Array.from({ length: 300 }, () => shared.join(newCause()));
  expect(joined.filter((share) => share !== undefined)).toHaveLength(100);
  for (const share of joined) share?.end({});
  await expect.poll(() => ended('change').length, END).toBe(100);
  expect(shared.join(newCause())).toBeDefined();
});

it('records nothing of a trace that is not recorded, nor without tracing', () => {
  const shared = sharedSpans('change');
  expect(shared.join(causeIn('0'.padEnd(32, '7')))).toBeUndefined();
  const cause = newCause();
  recordSpans(undefined);
  expect(shared.join(cause)).toBeUndefined();
  expect(announcementOf({ traceId: cause.traceId, eventId: EVENT_ID })).toBeUndefined();
});

it('does not lend its context to what comes after', async () => {
  const shared = sharedSpans('change');
  const share = shared.join(newCause())!;
  const inside = share.within(() => trace.getSpan(context.active()));
  expect(inside!.spanContext()).toEqual(share.spanContext);
  expect(context.active()).toBe(ROOT_CONTEXT);
  share.end({});
});

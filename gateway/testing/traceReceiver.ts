/** A receiver of OTLP over HTTP. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from 'vitest';

export type ReceivedSpan = {
  service: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  attributes: Record<string, string>;
};

type Value = { stringValue?: string; intValue?: number };
type Attributes = { key: string; value: Value }[];
type Message = {
  resourceSpans: {
    resource: { attributes: Attributes };
    scopeSpans: { spans: (Omit<ReceivedSpan, 'attributes' | 'service'> & { attributes: Attributes })[] }[];
  }[];
};

const valuesOf = (attributes: Attributes): Record<string, string> =>
  Object.fromEntries(
    attributes.map(({ key, value }) => [key, String(value.stringValue ?? value.intValue ?? '')]),
  );

export async function traceReceiver() {
  const spans: ReceivedSpan[] = [];
  /** Bodies in protobuf's binary form. */
  const binary: Buffer[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      if (request.url !== '/v1/traces') response.statusCode = 404;
      else if (request.headers['content-type'] === 'application/json') {
        for (const { resource, scopeSpans } of (JSON.parse(body.toString()) as Message).resourceSpans) {
          const service = valuesOf(resource.attributes)['service.name']!;
          for (const span of scopeSpans.flatMap((scope) => scope.spans))
            spans.push({ ...span, service, attributes: valuesOf(span.attributes) });
        }
      } else binary.push(body);
      response.end();
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans, binary };
}

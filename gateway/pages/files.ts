import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { FastifyReply } from 'fastify';

/** Media types by extension; other files are not served. */
export const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
  '.ttf': 'font/ttf',
};

export const page = (name: string): string => readFileSync(new URL(`./${name}`, import.meta.url), 'utf8');

export function send(reply: FastifyReply, file: string, body: string | Buffer): FastifyReply {
  return reply.type(TYPES[path.extname(file)]!).send(body);
}

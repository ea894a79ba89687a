import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';

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

/** Assets are compressed once: a fifth of their size, in a few hundred milliseconds for the largest. */
const BROTLI_QUALITY = 6;
const compress = promisify(brotliCompress);
const COMPRESSIBLE: ReadonlySet<string> = new Set(['.html', '.js', '.css', '.json', '.svg', '.ttf']);

/** A handler for a file on disk, which is read at the first request and kept compressed. */
export function sendAsset(
  file: string,
  location: string,
): (request: FastifyRequest, reply: FastifyReply) => unknown {
  let compressed: Promise<Buffer> | undefined;
  return async (request, reply) => {
    const acceptsBrotli = /\bbr\b/.test(request.headers['accept-encoding'] ?? '');
    if (!acceptsBrotli || !COMPRESSIBLE.has(path.extname(file)))
      return send(reply, file, await readFile(location));
    compressed ??= readFile(location).then((body) =>
      compress(body, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } }),
    );
    void reply.header('content-encoding', 'br').header('vary', 'Accept-Encoding');
    return send(reply, file, await compressed);
  };
}

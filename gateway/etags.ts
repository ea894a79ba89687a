/** Entity tags of answers (RFC 9110 §8.8.3), by content. */
import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';

/** Weak, since an answer may be sent in several encodings. */
export const etagOf = (text: string): string =>
  `W/"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`;

/** Whether the client has the answer with this tag (If-None-Match, RFC 9110 §13.1.2). */
export const clientHas = ({ headers }: FastifyRequest, etag: string): boolean =>
  headers['if-none-match']?.split(',').some((tag) => tag.trim() === etag) ?? false;

import { EnvironmentError } from '@libs/runtime/env';
import { z } from 'zod';
import type { MailServer } from './smtp.ts';

export const mailVariables = {
  SMTP_URL: z.url({ protocol: /^smtps?$/ }).optional(),
  SMTP_FROM: z.email().optional(),
};

/** Undefined without SMTP_URL: notifications are then kept and logged. Throws EnvironmentError for SMTP_URL without SMTP_FROM. */
export function mailServerOf(env: {
  SMTP_URL?: string | undefined;
  SMTP_FROM?: string | undefined;
}): MailServer | undefined {
  const { SMTP_URL: url, SMTP_FROM: from } = env;
  if (url === undefined) return undefined;
  if (from === undefined) throw new EnvironmentError(['SMTP_FROM: missing beside SMTP_URL']);
  return { url, from };
}

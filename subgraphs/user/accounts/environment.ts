import { EnvironmentError } from '@libs/runtime/env';
import { z } from 'zod';
import {
  isBlankPassword,
  MIN_PASSWORD_CHARACTERS,
  MAX_PASSWORD_CHARACTERS,
  passwordLength,
} from './rules.ts';

/** Production refuses this password. */
export const DEVELOPMENT_ADMINISTRATOR = {
  email: 'admin@vaga.local',
  password: 'vaga-development-admin',
};

export const administratorVariables = {
  PLATFORM_ADMIN_EMAIL: z.email().optional(),
  PLATFORM_ADMIN_PASSWORD: z.string().optional(),
};

export type NamedAdministrator = { email: string; password: string };

/** Development has defaults; production requires both variables or neither (then undefined). Throws EnvironmentError with every problem. */
export function namedAdministrator(env: {
  ENVIRONMENT: 'development' | 'production';
  PLATFORM_ADMIN_EMAIL?: string | undefined;
  PLATFORM_ADMIN_PASSWORD?: string | undefined;
}): NamedAdministrator | undefined {
  const isProduction = env.ENVIRONMENT === 'production';
  const { PLATFORM_ADMIN_EMAIL: email, PLATFORM_ADMIN_PASSWORD: password } = env;
  if (isProduction && email === undefined && password === undefined) return undefined;

  const problems: string[] = [];
  if (isProduction && email === undefined) problems.push('PLATFORM_ADMIN_EMAIL: missing beside the password');
  if (isProduction && password === undefined)
    problems.push('PLATFORM_ADMIN_PASSWORD: missing beside the e-mail');
  if (isProduction && password === DEVELOPMENT_ADMINISTRATOR.password) {
    problems.push("PLATFORM_ADMIN_PASSWORD: production needs one of its own, not development's");
  }
  const length = password === undefined ? MIN_PASSWORD_CHARACTERS : passwordLength(password);
  if (length < MIN_PASSWORD_CHARACTERS || length > MAX_PASSWORD_CHARACTERS) {
    problems.push(
      `PLATFORM_ADMIN_PASSWORD: must have ${MIN_PASSWORD_CHARACTERS} to ${MAX_PASSWORD_CHARACTERS} characters`,
    );
  }
  if (password !== undefined && isBlankPassword(password)) {
    problems.push('PLATFORM_ADMIN_PASSWORD: must have more than white space');
  }
  if (problems.length > 0) throw new EnvironmentError(problems);
  return {
    email: email ?? DEVELOPMENT_ADMINISTRATOR.email,
    password: password ?? DEVELOPMENT_ADMINISTRATOR.password,
  };
}

/** How a command ends. */
import { EnvironmentError } from '@libs/runtime/env';

/** The command line is wrong. */
export class UsageError extends Error {}

/** What an operator can put right: the message says all. */
export class CommandFailure extends Error {}

/** By sysexits.h. */
const EXIT_CODES = { usage: 64, environment: 78, failure: 1, bug: 1 };

const kindOf = (error: unknown): keyof typeof EXIT_CODES => {
  if (error instanceof EnvironmentError) return 'environment';
  if (error instanceof CommandFailure) return 'failure';
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (error instanceof UsageError || code?.startsWith('ERR_PARSE_ARGS')) return 'usage';
  // The operating system has refused something, and its error says what.
  return syscall === undefined ? 'bug' : 'failure';
};

/**
 * Runs a command. It ends with 64 for a wrong command line, 78 for an environment that is not usable and 1 for another failure, each with one
 * text, and with 1 and the stack for a bug.
 */
export async function runCommand(main: () => Promise<void> | void): Promise<void> {
  try {
    await main();
  } catch (error) {
    const kind = kindOf(error);
    console.error(kind === 'bug' ? error : (error as Error).message);
    process.exitCode = EXIT_CODES[kind];
  }
}

/** Re-checks the sessions of connected clients. */
import type { IncomingMessage } from 'node:http';
import type { Caller } from '@libs/auth/caller';
import { ApiError } from '@libs/outcome/apiErrors';
import type { Sessions } from '../../session/session.ts';
import { changeOfRights } from '../sharingScope.ts';

/** Interval of look-ups, in milliseconds. With the age of cached callers (CALLER_CACHE_MS) a change takes effect within 4 s. */
export const SESSION_CHECK_MS = 2_000;

/** `lost`: the session has ended, or its caller has lost a right. `gained`: a client that reconnects may see more. */
export type CallerChange = 'lost' | 'gained';

/**
 * Calls `onChange` once, when the session of `authorization` has ended or its caller's rights differ from those of `caller`, unless
 * the returned function was called before. Without `authorization` nothing can change.
 */
export type WatchSession = (
  authorization: string | undefined,
  caller: Caller,
  onChange: (change: CallerChange) => void,
) => () => void;

type Watcher = { caller: Caller; onChange: (change: CallerChange) => void };

/** The Authorization header, or the parameter that replaces it where a browser cannot send headers. */
export const authorizationOf = (
  params: Record<string, unknown> | undefined,
  request: IncomingMessage,
): string | undefined => {
  const value = params?.['authorization'] ?? params?.['Authorization'] ?? request.headers.authorization;
  return typeof value === 'string' && value !== '' ? value : undefined;
};

/** Looks up each access token once per interval, for all of its connections. */
export function sessionWatcher(sessions: Sessions): WatchSession {
  const tokens = new Map<string, { watchers: Set<Watcher>; timer: NodeJS.Timeout }>();

  function remove(authorization: string, watcher: Watcher): void {
    const token = tokens.get(authorization);
    if (!token?.watchers.delete(watcher) || token.watchers.size > 0) return;
    clearInterval(token.timer);
    tokens.delete(authorization);
  }

  /** Undefined if the look-up fails: clients stay connected during an outage. */
  async function lookUp(
    authorization: string,
  ): Promise<((before: Caller) => CallerChange | 'none') | undefined> {
    try {
      const { caller } = await sessions.identify(authorization);
      return (before) => changeOfRights(before, caller);
    } catch (error) {
      const hasEnded = error instanceof ApiError && error.code === 'UNAUTHENTICATED';
      return hasEnded ? () => 'lost' : undefined;
    }
  }

  async function check(authorization: string): Promise<void> {
    const changeOf = await lookUp(authorization);
    if (!changeOf) return;
    for (const watcher of [...(tokens.get(authorization)?.watchers ?? [])]) {
      const change = changeOf(watcher.caller);
      if (change === 'none') continue;
      remove(authorization, watcher);
      watcher.onChange(change);
    }
  }

  return (authorization, caller, onChange) => {
    if (!authorization) return () => {};
    let token = tokens.get(authorization);
    if (!token) {
      const timer = setInterval(() => void check(authorization), SESSION_CHECK_MS);
      timer.unref();
      token = { watchers: new Set(), timer };
      tokens.set(authorization, token);
    }
    const watcher = { caller, onChange };
    token.watchers.add(watcher);
    return () => remove(authorization, watcher);
  };
}

/** Looks again and again whether those who are told still may be. */
import type { Caller } from '@libs/auth/caller';
import { ApiError } from '@libs/outcome/apiErrors';
import type { Sessions } from '../../session/session.ts';
import { changeOfRights } from '../sharingScope.ts';

/**
 * How often it is looked up whether a client may still be told, in milliseconds. With what a look-up may be old (CALLER_CACHE_MS) it
 * is noticed within four seconds.
 */
export const SESSION_CHECK_MS = 2_000;

/** `lost`: the session has ended, or a right of its caller's. `gained`: there is more that they may see, if they come again. */
export type CallerChange = 'lost' | 'gained';

/**
 * Calls `onChange` once, when the session of `authorization` has ended or its caller's rights are no longer those of `caller`; not
 * after the function that it gives back was called. Without `authorization` nothing can change.
 */
export type WatchSession = (
  authorization: string | undefined,
  caller: Caller,
  onChange: (change: CallerChange) => void,
) => () => void;

type Watcher = { caller: Caller; onChange: (change: CallerChange) => void };

/** One look-up for each access token, however many connections bear it. */
export function sessionWatcher(sessions: Sessions): WatchSession {
  const tokens = new Map<string, { watchers: Set<Watcher>; timer: NodeJS.Timeout }>();

  function remove(authorization: string, watcher: Watcher): void {
    const token = tokens.get(authorization);
    if (!token?.watchers.delete(watcher) || token.watchers.size > 0) return;
    clearInterval(token.timer);
    tokens.delete(authorization);
  }

  /** Undefined while nobody can tell: who was let in stays. */
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

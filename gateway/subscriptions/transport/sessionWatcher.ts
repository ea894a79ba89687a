/** Re-checks the sessions of connected clients. */
import type { IncomingMessage } from 'node:http';
import { bearerOf } from '@libs/auth/accessToken';
import { looksLikeApiKey } from '@libs/auth/apiKeyFormat';
import type { Caller } from '@libs/auth/caller';
import { ApiError } from '@libs/outcome/apiErrors';
import type { Sessions } from '../../session/session.ts';
import { changeOfRights } from '../sharingScope.ts';

/** With the age of cached callers (CALLER_CACHE_MS), changes take effect within 4 s. */
export const SESSION_CHECK_MS = 2_000;
/** With API_KEY_CACHE_MS, an ended key's subscriptions end within 2 s. */
const API_KEY_CHECK_MS = 1_000;

/** `lost`: the session has ended, or a right was lost. `gained`: a client that reconnects may see more. */
export type CallerChange = 'lost' | 'gained';

/**
 * Calls `onChange` once, when the session ends or its rights differ from those of `caller`. The returned function cancels this.
 * Without `authorization` nothing can change.
 */
export type WatchSession = (
  authorization: string | undefined,
  caller: Caller,
  onChange: (change: CallerChange) => void,
) => () => void;

type Watcher = { caller: Caller; onChange: (change: CallerChange) => void };

/** Browsers cannot send headers with a WebSocket, so a parameter may replace Authorization. */
export const authorizationOf = (
  params: Record<string, unknown> | undefined,
  request: IncomingMessage,
): string | undefined => {
  const value = params?.['authorization'] ?? params?.['Authorization'] ?? request.headers.authorization;
  return typeof value === 'string' && value !== '' ? value : undefined;
};

/** Looks up each access token once for all of its connections. */
export function sessionWatcher(sessions: Sessions): WatchSession {
  const tokens = new Map<string, { watchers: Set<Watcher>; timer: NodeJS.Timeout }>();

  function remove(authorization: string, watcher: Watcher): void {
    const token = tokens.get(authorization);
    if (!token?.watchers.delete(watcher) || token.watchers.size > 0) return;
    clearInterval(token.timer);
    tokens.delete(authorization);
  }

  /** Undefined during an outage: clients stay connected. */
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
      const checkMs = looksLikeApiKey(bearerOf(authorization) ?? '') ? API_KEY_CHECK_MS : SESSION_CHECK_MS;
      const timer = setInterval(() => void check(authorization), checkMs);
      timer.unref();
      token = { watchers: new Set(), timer };
      tokens.set(authorization, token);
    }
    const watcher = { caller, onChange };
    token.watchers.add(watcher);
    return () => remove(authorization, watcher);
  };
}

/** The laws about imports (ARCHITECTURE.md): which file may import which. */
import { dirname } from 'node:path';
import { SUBGRAPHS } from '@libs/runtime/subgraphs';
import type { Import } from './imports.ts';

/** A library may import only those before it. Only tests may import `testing`. */
const LADDER = [
  'time',
  'outcome',
  'telemetry',
  'auth',
  'db',
  'cache',
  'runtime',
  'queue',
  'events',
  'graphql',
  'directory',
  'subgraph',
  'testing',
] as const;

/**
 * Nouns that may import a sibling's store, because they lock or write rows of both in one transaction. Everywhere else a noun
 * uses its sibling's verbs and reads. The list may only get shorter.
 */
export const SHARED_STORES: readonly (readonly [from: string, to: string])[] = [
  ['booking/changes', 'booking/bookings'],
  // A hold becomes a booking in one transaction.
  ['booking/holds', 'booking/bookings'],
  ['resource/categories', 'resource/directory'],
  ['resource/categories', 'resource/resources'],
  ['resource/directory', 'resource/categories'],
  ['resource/directory', 'resource/resources'],
  ['resource/resources', 'resource/categories'],
  ['resource/resources', 'resource/directory'],
  ['tenant/tenants', 'tenant/webhooks'],
  ['user/accounts', 'user/sessions'],
  // A link gives its user a password, a session, or a verified address.
  ['user/links', 'user/accounts'],
  ['user/links', 'user/notifications'],
  ['user/links', 'user/sessions'],
  ['user/links', 'user/users'],
  ['user/sessions', 'user/accounts'],
  ['user/users', 'user/accounts'],
  ['user/users', 'user/notifications'],
  ['user/users', 'user/sessions'],
];

/** What a file is, by its path alone. */
type Kind = 'test' | 'door' | 'pure' | 'store' | 'verb' | 'other';

const PURE_FILES =
  /\/(rules|ownRules|status|access|settings|specialHours|permissions|schedules?|seasons|deliveryBackoff|notificationBackoff)\.ts$|\/scheduling\/\w+\.ts$/;

export function kindOf(path: string): Kind {
  if (/\.(test|fixtures|bench)\.ts$|\/(testing|bench)\//.test(path)) return 'test';
  if (!path.startsWith('subgraphs/')) return 'other';
  if (/\/resolvers\.ts$|\/reactions\.ts$/.test(path)) return 'door';
  if (/\/store\.ts$|Store\.ts$/.test(path)) return 'store';
  if (PURE_FILES.test(path)) return 'pure';
  // subgraphs/<name>/<noun>/<aVerb>.ts: a camelCase file is one verb.
  return /^subgraphs\/\w+\/\w+\/(\w+\/)?[a-z]+[A-Z]\w*\.ts$/.test(path) ? 'verb' : 'other';
}

/** For subgraphs/booking/changes/follow.ts 'booking/changes'; undefined outside of any noun. */
const nounOf = (path: string): string | undefined => /^subgraphs\/(\w+\/\w+)\//.exec(path)?.[1];

/** A law about imports: its sentence, and whether a file of this path and kind breaks it by importing `target`. */
type ImportLaw = { law: string; breaks(path: string, kind: Kind, target: Import): boolean };

export const isInside = (path: string, ...folders: string[]) =>
  folders.some((folder) => path.startsWith(`${folder}/`));
const isDatabase = ({ target }: Import) => /^(drizzle\/|drizzle-orm|postgres$)/.test(target);

export const IMPORT_LAWS: readonly ImportLaw[] = [
  {
    law: 'the gateway imports libs, never subgraphs or drizzle',
    breaks: (path, kind, { target }) =>
      isInside(path, 'gateway') && kind !== 'test' && isInside(target, 'subgraphs', 'drizzle'),
  },
  {
    law: 'a subgraph imports no other subgraph, no other database, and not the gateway',
    breaks: (path, _kind, { target }) => {
      if (!isInside(path, 'subgraphs')) return false;
      const own = path.split('/')[1]!;
      const others = SUBGRAPHS.filter((name) => name !== own);
      return isInside(
        target,
        'gateway',
        ...others.flatMap((name) => [`subgraphs/${name}`, `drizzle/${name}`]),
      );
    },
  },
  {
    law: 'drizzle imports its own files, libs/db columns, libs/events outbox and libs/time',
    breaks: (path, kind, { target }) => {
      const own = /^drizzle\/(\w+)\//.exec(path)?.[1];
      if (!own || kind === 'test') return false;
      return (
        isInside(
          target,
          'gateway',
          'subgraphs',
          ...SUBGRAPHS.filter((name) => name !== own).map((name) => `drizzle/${name}`),
        ) ||
        (isInside(target, 'libs') && !/^libs\/(db\/columns|events\/outbox|time\/)/.test(target))
      );
    },
  },
  {
    law: 'a library imports only those above it on the ladder',
    breaks: (path, kind, { target }) => {
      const own = /^libs\/(\w+)\//.exec(path)?.[1];
      if (!own || (kind === 'test' && own !== 'testing')) return false;
      if (isInside(target, 'gateway', 'subgraphs', 'drizzle')) return own !== 'testing';
      const other = /^libs\/(\w+)\//.exec(target)?.[1];
      return other !== undefined && LADDER.indexOf(other as never) > LADDER.indexOf(own as never);
    },
  },
  {
    law: 'what only tests use is named *.fixtures.ts or lies in testing/',
    breaks: (_path, kind, { target }) =>
      kind !== 'test' &&
      (target === 'vitest' || isInside(target, 'vitest', 'libs/testing', 'gateway/testing')),
  },
  {
    law: 'scripts are imported by scripts and tests, never by the product',
    breaks: (path, kind, { target }) =>
      !isInside(path, 'scripts') && kind !== 'test' && isInside(target, 'scripts'),
  },
  {
    law: 'an example stands alone: it imports packages, and nothing imports it',
    breaks: (path, _kind, { target }) => {
      const folders = ['gateway', 'subgraphs', 'libs', 'drizzle', 'scripts'];
      return isInside(path, 'examples') ? isInside(target, ...folders) : isInside(target, 'examples');
    },
  },
  {
    law: 'a sibling noun is reached through its verbs or reads, never its store',
    breaks: (path, kind, { target, isType }) => {
      const [own, other] = [nounOf(path), nounOf(target)];
      if (!own || !other || own === other || kind === 'test' || isType) return false;
      if (own.split('/')[0] !== other.split('/')[0] || kindOf(target) !== 'store') return false;
      return !SHARED_STORES.some(([from, to]) => from === own && to === other);
    },
  },
  {
    law: 'scheduling knows nothing of the nouns that use it',
    breaks: (path, kind, { target }) =>
      isInside(path, 'subgraphs/booking/scheduling') &&
      kind !== 'test' &&
      isInside(
        target,
        'subgraphs/booking/bookings',
        'subgraphs/booking/availability',
        'subgraphs/booking/changes',
      ),
  },
  {
    law: 'a door imports verbs, reads and pure files, never a store or tables',
    breaks: (_path, kind, target) =>
      kind === 'door' && (/[sS]tore\.ts$/.test(target.target) || isDatabase(target)),
  },
  {
    law: 'a verb never imports a door',
    breaks: (_path, kind, { target }) => kind === 'verb' && /\/(resolvers|reactions)\.ts$/.test(target),
  },
  {
    law: 'a pure file imports libs/time, libs/outcome and types, nothing that acts',
    breaks: (path, kind, { target, isType }) => {
      if (kind !== 'pure' || isType) return false;
      const isPure =
        /^libs\/(time|outcome)\//.test(target) ||
        target === 'libs/queue/retries' ||
        /^libs\/directory\/(bookingRules|ruleRanges|defaultSettings)$/.test(target) ||
        /^libs\/auth\/(caller|rights|tenantId)$/.test(target) ||
        /^(temporal-polyfill|rrule-temporal)/.test(target) ||
        (isInside(target, 'subgraphs') &&
          dirname(target).split('/')[1] === path.split('/')[1] &&
          kindOf(target) === 'pure');
      return !isPure || target === 'libs/time/clock';
    },
  },
  {
    law: 'a store imports tables and libs/db, never verbs or events',
    breaks: (_path, kind, { target }) =>
      kind === 'store' &&
      (kindOf(target) === 'verb' ||
        /\/(events|resolvers|reactions|reads)\.ts$/.test(target) ||
        isInside(target, 'libs/events')),
  },
];

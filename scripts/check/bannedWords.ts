/**
 * Words that this code base no longer uses for names, with the term that replaces them (docs/glossary.md). Only whole
 * names are matched, as a word such as `recent` or `held` is fine within a longer one.
 */
import path from 'node:path';
import { Visitor } from 'oxc-parser';
import { parsed, type SourceFile } from './imports.ts';

/** A name of an identifier that may not be declared, and what to write. */
const BANNED_IDENTIFIERS: readonly (readonly [name: RegExp, instead: string])[] = [
  // Limits, retention and spelling.
  [/^(MOST|LONGEST)(_|$)|^most[A-Z]|^longest\w*(Ms|Count)$/, 'MAX_…, max…, limit'],
  [/^(LEAST|SHORTEST)(_|$)/, 'MIN_…'],
  // The contract names AUDIT_KEPT_DAYS.
  [/(?<!^AUDIT)_KEPT_(DAYS|ENTRIES)$|REMEMBERED_/, '…_RETENTION_DAYS, …_RETENTION_ENTRIES'],
  [/[lL]icence/, 'license'],
  [/^mends?$/, 'patch, patches'],
  // Permissions and locks.
  [/^need([A-Z]\w*)?$/, 'require… (who calls), assertCan… (what they may do)'],
  [/^keep(User|Session|Administrator)/, 'lock…ForShare'],
  [/^(Held|isHeld|resourcesEverHeld)$/, 'Locked… (a row), occupied (a time)'],
  [/^(Party|Whose|Who|Way|Moment|Known)$/, 'LockTarget, BookerAndClient, CascadeTarget, Gathered…'],
  // Deletion and upkeep.
  [/^(gone|isGone|goneStore|markGone|[gG]oneKind|goneRefusals|isTenantGone)$/, 'tombstones, deleted'],
  [/^forget(s|ting)?$|^forgotten$|^forget[A-Z]|^startForgetting$|^FORGET_/, 'purge…, clear…, invalidate…'],
  [/^(tend|tending|isTending|tendedAtMs|TEND_EVERY_MS)$/, 'maintain… (the outbox), purge…'],
  // Positions, pages and claims.
  [/^(place|placeOf|placesOf|placeToGoOn|marker|markerKeyOf)$/, 'position, cursor, index, rank'],
  [
    /^([sS]tretch|OffsetStretch|Part|LogPart|PageKey|CountKey)$/,
    '…PageRequest, …PageKey, …CountKey, OffsetSpan',
  ],
  [/^(part|count|log|page)Loader$|^PageLoader$/, '…PageLoader, …CountLoader'],
  [
    /^([tT]urn|TurnOptions|turnMs|inTurn)$|^(take|settle|return)Turn|^TURNS?_/,
    'claim, due…, release…, withHashSlot',
  ],
  // Events.
  [
    /^(fact|facts|Fact|FactType|[aA]nnouncedFact|isFactType|factOfRow|factOf|factsOf)$/,
    'event, DomainEvent, EventType',
  ],
  [
    /^(Occasion|occasion|Circumstances|Happening|happen|happenMany)$/,
    'EventContext, EventMetadata, BookingEvent',
  ],
  [/^([bB]ell|createBell|outboxBell|deliveryBell|doorbell|doorbellOf)$/, 'WakeUpSignal, changeNotifier'],
  [/^(ring|ringAll|onRing)$/, 'notify, wakeUp'],
  [/^([iI]ntake|intakeLoop|takeIn|takeIn[A-Z]\w*|INTAKE_BATCH)$/, 'ingest, IngestDeps'],
  [/^(numbering|numberRows|numberAll|NUMBERING_BATCH)$/, 'assignPositions'],
  [/^([wW]orkplace|[dD]esk|deskOf|Parts|AttemptParts|SendingParts)$/, '…Deps'],
  // Cache and calls between subgraphs.
  [/^(owed|[sS]tanding|standings|standingOf|restingUntilMs|retryOwed)$/, 'pendingInvalidations, RedisHealth'],
  [/^[nN]eighbour$/, 'SubgraphClient, subgraphClient'],
  [/^([bB]rought|broughtBy)$/, 'RequestCredentials, credentials'],
  // Subscriptions.
  [/^([tT]old|isTold)$/, 'ResumableEvent, ExecutionResult, matchesSubscription'],
  [
    /^([aA]sked|askedAt|AskedTime|PartAsk|LogAsk|CountAsk|askCaller|askAll)$/,
    'ParsedSubscription, requested…, lookedUpAt',
  ],
  [/^(hear|[hH]eard|[hH]earing)$/, 'openUpstreamBuffer, UpstreamMessage, UpstreamBuffer'],
  [
    /^(LiveClient|[lL]iveOperations\w*|LivePlan|[lL]ivePlanner)$/,
    'SubscriptionHub, SharedExecutions, SubscriptionPlanner',
  ],
  [/^([rR]ecent|recentAnswers)$/, 'ReplayBuffer, replayBuffer'],
  [/^(letRead|goOver|settles|SETTLES_MS|isSettled)$/, 'waitForDrain, mergeInto, QUARANTINE_MS'],
  [/^[wW]atchCallers?$/, 'sessionWatcher, WatchSession'],
  [/^(serveSubscriptions|serveSockets)$/, 'serveSubgraph…, serveClient…'],
  // Booking, e-mail, webhooks.
  [/^([wW]orld|worlds|worldOf|newWorld|\w+World)$/, 'SchedulingContext, setup'],
  [/^(Letter|composeLetter|(booking|webhook)Letter|letterOf|[sS]urroundings)$/, 'Email, EmailContext'],
  [/^([mM]anner|mannerOf|[sS]ituation|situationOf)$/, 'LocaleFormat, EmailKind'],
  [/^(seal|sealed|[sS]ecretSeal|openSecrets)$/, 'encrypt / decrypt (secrets), encode / decode (cursors)'],
  [
    /^(historyCheck|ExchangeOptions|NoAnswer|addressGuard|Guard|GuardOptions)$/,
    'historyChecker, HttpPostOptions, ssrfGuard',
  ],
  [/^[mM]easure$/, 'queryCost, QueryCost'],
  // Development servers.
  [
    /^([kK]eeper|KEEPER_SCRIPT|claimFolder|ClaimFile|readClaim|startClaimed)$/,
    'watchdog, lockFolder, LockFileContent',
  ],
];

/** A file's name up to its first dot that may not be used, and what to write. */
const BANNED_FILES: readonly (readonly [name: RegExp, instead: string])[] = [
  ...BANNED_IDENTIFIERS,
  [/^(work|turns|pace|watch)$/, 'eventWorker, dueEvents, backpressure, sessionWatcher'],
  [
    /^(gathered|ask|parties|exchange|guard)$/,
    'batchedLookup, subgraphClient, eligibility, httpPost, ssrfGuard',
  ],
  [/^(account|claim)$/, 'runAsUser, lockFile'],
  [/^(cuts|stampede|tenSteps|examples)$/, 'disconnects, contention, quickstart, fixtures'],
];

/** A banned name in a file: `what` is an identifier, or the file's own name. */
export type BannedName = { what: string; instead: string };

const insteadOf = (banned: typeof BANNED_FILES, name: string): string | undefined =>
  banned.find(([pattern]) => pattern.test(name))?.[1];

/** The banned names that the file bears or declares, each once. Members of other objects are left to whoever declares them. */
export function bannedNamesOf(file: SourceFile): BannedName[] {
  const found = new Map<string, BannedName>();
  const add = (banned: typeof BANNED_FILES, name: string, what: string) => {
    const instead = insteadOf(banned, name);
    if (instead !== undefined) found.set(what, { what, instead });
  };
  const fileName = path.posix.basename(file.path);
  add(BANNED_FILES, fileName.split('.')[0]!, `the file name ${fileName}`);
  const read = new Set<unknown>();
  new Visitor({
    MemberExpression: (node) => {
      if (!node.computed) read.add(node.property);
    },
    Identifier: (node) => {
      if (!read.has(node)) add(BANNED_IDENTIFIERS, node.name, node.name);
    },
    PrivateIdentifier: (node) => add(BANNED_IDENTIFIERS, node.name, `#${node.name}`),
  }).visit(parsed(file));
  return [...found.values()];
}

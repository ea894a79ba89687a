import { Temporal } from 'temporal-polyfill';
import { NODE_RULES, type ZoneRules } from './wallClock.ts';

/** Rules by which the clock of `zone` is `minutes` ahead of Node's from `since` on, as after a government's decision. */
export function changedRules(zone: string, since: string, minutes: number): ZoneRules {
  const from = Temporal.Instant.from(since);
  const isChanged = (instant: Temporal.Instant, name: string) =>
    name === zone && Temporal.Instant.compare(instant, from) >= 0;
  return {
    localOf: (instant, name) =>
      NODE_RULES.localOf(isChanged(instant, name) ? instant.add({ minutes }) : instant, name),
    toInstant(local, name) {
      const before = NODE_RULES.toInstant(local, name);
      const after = before.subtract({ minutes });
      return isChanged(after, name) ? after : before;
    },
  };
}

/** What clients of a seat history wish for. */
import type { SeatHistory } from './seatHistory.fixtures.ts';

const DAYS = 5;
const FIRST_DAY_HOURS = 72;
const STARTS_A_DAY = 12;
const MAX_SEATS = 3;

/** From 09:00 to 16:30 in São Paulo, on the grid. */
function someTimes({ tenant, chance }: SeatHistory) {
  const startTime = tenant.now
    .add({ hours: FIRST_DAY_HOURS + 24 * Math.floor(chance() * DAYS) })
    .add({ minutes: 30 * Math.floor(chance() * STARTS_A_DAY) });
  return { startTime, endTime: startTime.add({ minutes: 30 * (1 + Math.floor(chance() * 4)) }) };
}

export function someWish(history: SeatHistory) {
  const { chance, pick, resources } = history;
  const resourceId = pick(resources);
  const others = resources.filter((id) => id !== resourceId);
  const additionalResources = chance() < 0.25 ? [{ resourceId: pick(others), seats: 1 }] : null;
  const seats = 1 + Math.floor(chance() * MAX_SEATS);
  return { resourceId, additionalResources, seats, ...someTimes(history) };
}

/** Slots for bookings that are not in each other's way. */
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

export type Slot = { resourceId: string; startTime: string; endTime: string };

/** Slots of 5 minutes, one after the other: each is returned once, so no booking is in the way of another. */
export function slotsOf(resourceIds: readonly string[], firstDay = 2): () => Slot {
  const firstMs = Math.ceil(Date.now() / (60 * MINUTE_MS)) * 60 * MINUTE_MS + firstDay * DAY_MS;
  let count = 0;
  return () => {
    const startMs = firstMs + Math.floor(count / resourceIds.length) * 5 * MINUTE_MS;
    const resourceId = resourceIds[count % resourceIds.length]!;
    count += 1;
    return {
      resourceId,
      startTime: new Date(startMs).toISOString(),
      endTime: new Date(startMs + 5 * MINUTE_MS).toISOString(),
    };
  };
}

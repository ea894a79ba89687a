/** Runs of available slots, for the contract's `AvailabilityDay.freeRanges`. */
import type { SlotTime } from './slots.ts';

export type SlotRun = Pick<SlotTime, 'start' | 'end' | 'startOffsetMs' | 'endOffsetMs'> & {
  /** Start of the last slot. */
  lastStart: number;
  /** The fewest of its slots. */
  remainingSeats: number;
};

/**
 * The maximal runs of available `slots` (of one day, by start) in which each starts `intervalMs` after the one before and with the
 * same UTC offset.
 */
export function freeRangesOf(slots: readonly SlotTime[], intervalMs: number): SlotRun[] {
  const ranges: SlotRun[] = [];
  for (const { start, end, startOffsetMs, endOffsetMs, remainingSeats, unavailableReason } of slots) {
    if (unavailableReason !== null) continue;
    const last = ranges.at(-1);
    if (last && start === last.lastStart + intervalMs && startOffsetMs === last.startOffsetMs) {
      const fewest = Math.min(last.remainingSeats, remainingSeats);
      Object.assign(last, { end, endOffsetMs, lastStart: start, remainingSeats: fewest });
    } else {
      ranges.push({ start, end, startOffsetMs, endOffsetMs, lastStart: start, remainingSeats });
    }
  }
  return ranges;
}

export const availableCountOf = (slots: readonly SlotTime[]): number =>
  slots.reduce((count, { unavailableReason }) => (unavailableReason === null ? count + 1 : count), 0);

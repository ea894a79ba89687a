/** Compares a server's clock with this machine's. */
import { fine, warning, type Finding } from './finding.ts';

/** Sessions, holds and deadlines are judged by several clocks. */
const MAX_CLOCK_DIFFERENCE_MS = 1_000;

/** `askedMs` and `answeredMs`: this machine's clock before and after the question. */
export function clockFinding(
  name: string,
  { askedMs, serverMs, answeredMs }: { askedMs: number; serverMs: number; answeredMs: number },
): Finding {
  const early = Math.max(0, askedMs - serverMs);
  const late = Math.max(0, serverMs - answeredMs);
  const differenceMs = Math.round(Math.max(early, late));
  const what = `The clock of ${name} differs by ${differenceMs} ms`;
  return differenceMs > MAX_CLOCK_DIFFERENCE_MS
    ? warning(what, 'Synchronize the clocks of all machines (NTP).')
    : fine(what);
}

/**
 * Finds connections that have fallen silent while new ones work: their host vanished at a fail-over, or a firewall has dropped them. TCP
 * notices that after a quarter of an hour. A server with a statement timeout answers sooner, so what waits longer is lost. Decision 18.
 */
import type { Socket } from 'node:net';
import { setInterval } from 'node:timers';

/** Counted, as in `silence.ts`, in ticks of the timer. */
const TICK_MS = 1_000;
/** After the statement timeout. */
const GRACE_MS = 2_500;
/** The statement timeout does not end a commit, which checks deferred constraints: of the deletion of a large tenant, for many seconds. */
const COMMIT_LIMIT_MS = 60_000;

/** A statement of the driver. */
export type SentStatement = {
  /** It is the one whose answer its connection awaits, and not behind another. */
  readonly active: boolean;
  /** Its text, once it is sent. */
  readonly string?: string | null;
};

type Traffic = {
  bytesRead: number;
  bytesWritten: number;
  /** It has written since it last read. */
  isUnanswered: boolean;
  /** Since it last read, or first wrote after that. */
  silentTicks: number;
};

const ticksIn = (timeoutMs: number) => Math.ceil((timeoutMs + GRACE_MS) / TICK_MS);

function trafficNow(
  { bytesRead, bytesWritten }: Socket,
  before: Traffic | undefined,
  ticks: number,
): Traffic {
  if (bytesRead !== before?.bytesRead)
    return { bytesRead, bytesWritten, isUnanswered: false, silentTicks: 0 };
  const { isUnanswered, silentTicks } = before;
  if (bytesWritten !== before.bytesWritten && !isUnanswered)
    return { bytesRead, bytesWritten, isUnanswered: true, silentTicks: 0 };
  return { bytesRead, bytesWritten, isUnanswered, silentTicks: silentTicks + ticks };
}

/** Returns the function that stops it. */
export function watchConnections(pool: {
  sockets: ReadonlySet<Socket>;
  /** Those in flight. */
  statements: ReadonlySet<SentStatement>;
  /** As a new connection has it; 0: none. Rejects if that is not answered soon. */
  readStatementTimeoutMs(): Promise<number>;
  onSilence(socket: Socket): void;
}): () => void {
  const trafficBySocket = new WeakMap<Socket, Traffic>();
  const activeTicks = new WeakMap<SentStatement, number>();
  // Until the server has said its own.
  let limitTicks = ticksIn(0);
  let isAsking = false;

  function look(ticks: number): void {
    for (const socket of pool.sockets)
      trafficBySocket.set(socket, trafficNow(socket, trafficBySocket.get(socket), ticks));
    for (const statement of pool.statements)
      if (statement.active) activeTicks.set(statement, (activeTicks.get(statement) ?? 0) + ticks);
  }

  const mayStillCommit = (statement: SentStatement): boolean =>
    statement.string === 'commit' && activeTicks.get(statement)! < COMMIT_LIMIT_MS / TICK_MS;

  /**
   * What is written within the same tick as the last answer is read cannot be told from an idle connection. So if more statements wait than
   * are known to be unanswered, it is all that are silent: the driver opens idle connections again when it needs them.
   */
  function silentSockets(): Socket[] {
    const waiting = [...pool.statements].filter(
      (statement) => statement.active && activeTicks.get(statement)! >= limitTicks,
    );
    if (waiting.some(mayStillCommit)) return [];
    const silent = [...pool.sockets].filter(
      (socket) => !socket.destroyed && trafficBySocket.get(socket)!.silentTicks >= limitTicks,
    );
    const unanswered = silent.filter((socket) => trafficBySocket.get(socket)!.isUnanswered);
    return waiting.length > unanswered.length ? silent : unanswered;
  }

  async function closeSilent(): Promise<void> {
    const timeoutMs = await pool.readStatementTimeoutMs();
    // Without a timeout, a statement may take as long as it likes.
    limitTicks = timeoutMs === 0 ? Infinity : ticksIn(timeoutMs);
    look(0);
    for (const socket of silentSockets()) pool.onSilence(socket);
  }

  const timer = setInterval(() => {
    look(1);
    if (isAsking || silentSockets().length === 0) return;
    isAsking = true;
    const end = () => void (isAsking = false);
    closeSilent().then(end, end);
  }, TICK_MS).unref();
  return () => clearInterval(timer);
}

import { createLog } from '@libs/telemetry/log';
import { expect, it } from 'vitest';
import { startLoop } from './backgroundLoop.ts';

it('logs the end of a failure at the level of its beginning', async () => {
  const lines: { level: number; msg: string }[] = [];
  const log = createLog('test', 'trace', { write: (line) => void lines.push(JSON.parse(line)) });
  let passes = 0;
  const loop = startLoop({
    name: 'loop',
    log,
    runPass: async () => {
      passes += 1;
      if (passes === 1) throw new Error('away');
      return 1;
    },
  });
  await expect.poll(() => passes, { timeout: 5_000 }).toBeGreaterThan(2);
  await loop.stop();
  expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
    [40, 'loop: failed, trying again'],
    [40, 'loop: works again'],
  ]);
});

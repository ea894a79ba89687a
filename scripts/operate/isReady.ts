/** The image's health check: exits with 0 if the process that the container runs is ready, or runs no server. */
import { readFileSync } from 'node:fs';
import { developmentPort, portVariable, PROCESSES } from '@libs/runtime/subgraphs';

/** Arguments of the container's first process, such as `node dist/booking.js`. */
const command = readFileSync('/proc/1/cmdline', 'utf8');
const name = PROCESSES.find((one) => command.includes(`dist/${one}.js`));
if (name) {
  const port = process.env[portVariable(name)] || developmentPort(name);
  const answer = await fetch(`http://127.0.0.1:${port}/ready`).catch(() => undefined);
  process.exitCode = answer?.ok ? 0 : 1;
}

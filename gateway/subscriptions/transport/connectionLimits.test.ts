import { expect, it } from 'vitest';
import { limitSilentSockets } from './connectionLimits.ts';

/** Adds a socket of each network; `ended` has the indexes of evicted sockets, `speak` the functions that end their silence. */
function sockets(limits: { perNetwork: number; total: number }, networks: readonly string[]) {
  const silent = limitSilentSockets(limits.perNetwork, limits.total);
  const ended: number[] = [];
  const speak = networks.map((network, index) =>
    silent.add({ terminate: () => void ended.push(index) }, network),
  );
  return { ended, speak, add: (network: string) => silent.add({ terminate: () => {} }, network) };
}

it('evicts the oldest silent socket of a network that has too many', () => {
  const { ended } = sockets({ perNetwork: 2, total: 100 }, ['a', 'b', 'a', 'a', 'a', 'b']);
  expect(ended).toEqual([0, 2]);
});

it('evicts the oldest silent socket if all networks together have too many', () => {
  const { ended } = sockets({ perNetwork: 2, total: 3 }, ['a', 'b', 'c', 'd', 'e']);
  expect(ended).toEqual([0, 1]);
});

it('never evicts a socket that is no longer silent or has closed', () => {
  const { ended, speak, add } = sockets({ perNetwork: 2, total: 3 }, ['a', 'a', 'b']);
  speak[0]!();
  speak[0]!();
  add('a');
  expect(ended).toEqual([]);
  add('a');
  expect(ended).toEqual([1]);
});

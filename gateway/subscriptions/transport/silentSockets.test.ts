import { expect, it } from 'vitest';
import { limitSilentSockets } from './silentSockets.ts';

/** Adds sockets of these networks in turn; which of them were ended, by their place, and how each ceases to be silent. */
function sockets(limits: { perNetwork: number; inAll: number }, networks: readonly string[]) {
  const silent = limitSilentSockets(limits.perNetwork, limits.inAll);
  const ended: number[] = [];
  const speak = networks.map((network, index) =>
    silent.add({ terminate: () => void ended.push(index) }, network),
  );
  return { ended, speak, add: (network: string) => silent.add({ terminate: () => {} }, network) };
}

it('where one network has too many, its oldest gives way', () => {
  const { ended } = sockets({ perNetwork: 2, inAll: 100 }, ['a', 'b', 'a', 'a', 'a', 'b']);
  expect(ended).toEqual([0, 2]);
});

it('where there are too many in all, the oldest of all gives way', () => {
  const { ended } = sockets({ perNetwork: 2, inAll: 3 }, ['a', 'b', 'c', 'd', 'e']);
  expect(ended).toEqual([0, 1]);
});

it('one that has spoken, or is gone, gives way to nobody', () => {
  const { ended, speak, add } = sockets({ perNetwork: 2, inAll: 3 }, ['a', 'a', 'b']);
  speak[0]!();
  speak[0]!();
  add('a');
  expect(ended).toEqual([]);
  add('a');
  expect(ended).toEqual([1]);
});

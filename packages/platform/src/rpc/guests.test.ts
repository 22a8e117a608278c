import { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { Guests } from './guests.ts';

function filled(most: number, from: readonly string[]) {
  const guests = new Guests(most);
  const sockets = from.map(() => new Socket());
  const comes = (source: string, socket = new Socket()) => {
    const room = guests.makeRoom(source);
    if (room) guests.add(socket, source);
    return room;
  };
  return { guests, comes, sockets, taken: sockets.map((socket, n) => comes(from[n] ?? '', socket)) };
}

const open = (sockets: readonly Socket[]) => sockets.map(({ destroyed }) => !destroyed);

it('the address with most connections loses its oldest one to another', () => {
  const { guests, comes, sockets } = filled(4, ['192.0.2.1', '192.0.2.2', '192.0.2.1', '192.0.2.1']);
  expect(comes('192.0.2.9')).toBe(true);
  expect(open(sockets)).toEqual([false, true, true, true]);
  expect(guests.size).toBe(4);
});

it('takes no more from where most of them are, and none from others once all have as many', () => {
  const { comes, sockets, taken } = filled(4, [
    '192.0.2.1',
    '192.0.2.2',
    '192.0.2.1',
    '192.0.2.2',
    '192.0.2.1',
  ]);
  expect(taken).toEqual([true, true, true, true, false]);
  expect(comes('192.0.2.3')).toBe(true);
  expect(open(sockets)).toEqual([false, true, true, true, true]);
  expect(comes('192.0.2.3')).toBe(false);
});

it('one that is known, or has ended, takes no room', () => {
  const { guests, comes, sockets } = filled(2, ['192.0.2.1', '192.0.2.1']);
  for (const socket of sockets) guests.remove(socket);
  // Also where it is said twice.
  for (const socket of sockets) guests.remove(socket);
  expect(guests.size).toBe(0);
  expect(comes('192.0.2.1')).toBe(true);
  expect(open(sockets)).toEqual([true, true]);
});

import { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { Guests } from './guests.ts';

function socketFrom(remoteAddress: string): Socket {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: remoteAddress });
  return socket;
}

function filled(most: number, from: readonly string[]) {
  const guests = new Guests(most);
  const sockets = from.map(socketFrom);
  return { guests, sockets, taken: sockets.map((socket) => guests.add(socket)) };
}

const open = (sockets: readonly Socket[]) => sockets.map(({ destroyed }) => !destroyed);

it('the address with most connections loses its oldest one to another', () => {
  const { guests, sockets } = filled(4, ['192.0.2.1', '192.0.2.2', '192.0.2.1', '192.0.2.1']);
  expect(guests.add(socketFrom('192.0.2.9'))).toBe(true);
  expect(open(sockets)).toEqual([false, true, true, true]);
  expect(guests.size).toBe(4);
});

it('takes no more from where most of them are, and none from others once all have as many', () => {
  const { guests, sockets, taken } = filled(4, [
    '192.0.2.1',
    '192.0.2.2',
    '192.0.2.1',
    '192.0.2.2',
    '192.0.2.1',
  ]);
  expect(taken).toEqual([true, true, true, true, false]);
  expect(guests.add(socketFrom('192.0.2.3'))).toBe(true);
  expect(open(sockets)).toEqual([false, true, true, true, true]);
  expect(guests.add(socketFrom('192.0.2.3'))).toBe(false);
});

it('counts a network of IPv6 as one address', () => {
  const { guests, taken } = filled(2, ['2001:db8::1', '2001:db8::2', '2001:db8::3']);
  expect(taken).toEqual([true, true, false]);
  expect(guests.add(socketFrom('2001:db8:0:1::1'))).toBe(true);
});

it('one that is known, or has ended, takes no room', () => {
  const { guests, sockets } = filled(2, ['192.0.2.1', '192.0.2.1']);
  for (const socket of sockets) guests.remove(socket);
  // Also where it is said twice.
  for (const socket of sockets) guests.remove(socket);
  expect(guests.size).toBe(0);
  expect(guests.add(socketFrom('192.0.2.1'))).toBe(true);
  expect(open(sockets)).toEqual([true, true]);
});

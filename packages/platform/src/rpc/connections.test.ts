import { EventEmitter } from 'node:events';
import { type Server, Socket } from 'node:net';
import { expect, it } from 'vitest';
import { Connections } from './connections.ts';

let ports = 0;

function port(bounds: ConstructorParameters<typeof Connections>[0], refuses?: (source: string) => boolean) {
  const clock = { now: 0 };
  const server = new EventEmitter();
  const connections = new Connections(bounds, () => clock.now, refuses);
  const door = connections.blockList;
  // Of a server, nothing else is asked for than its connections.
  connections.watch(server as Server);
  const connect = (remoteAddress: string | undefined, remotePort = ++ports) => {
    const socket = new Socket();
    Object.defineProperties(socket, {
      remoteAddress: { value: remoteAddress },
      remotePort: { value: remotePort },
    });
    // As Node's server does: what the list blocks is closed before there is a socket.
    if (remoteAddress !== undefined && door.check(remoteAddress)) return socket.destroy();
    server.emit('connection', socket);
    return socket;
  };
  const end = (socket: Socket) =>
    new Promise((resolve) => {
      socket.once('close', resolve);
      socket.destroy();
    });
  return { clock, connections, connect, end };
}

const taken = (sockets: readonly Socket[]) => sockets.filter(({ destroyed }) => !destroyed).length;

it('so many from one address, or from one network of IPv6, and so many in all', async () => {
  const { connections, connect, end } = port({ most: 7, perAddress: 3 });
  const from = (address: string) => Array.from({ length: 4 }, () => connect(address));
  const first = from('192.0.2.1');
  expect(taken(first)).toBe(3);
  // The same one, as sockets of IPv6 name it.
  expect(taken([connect('::ffff:192.0.2.1')])).toBe(0);
  expect(taken([connect('2001:db8::1'), connect('2001:db8::2:1'), connect('2001:db8::3:0:1')])).toBe(3);
  expect(taken([connect('2001:db8::4')])).toBe(0);
  expect(taken(from('192.0.2.9'))).toBe(1);
  expect(connections.size).toBe(7);
  await Promise.all(first.map(end));
  expect(connections.size).toBe(4);
});

it('so many new ones in a time, whatever became of the former', async () => {
  const { clock, connect, end } = port({ most: 100, perAddress: 8 });
  for (let n = 0; n < 8; n++) await end(connect('192.0.2.1'));
  expect(taken([connect('192.0.2.1')])).toBe(0);
  expect(taken([connect('192.0.2.2')])).toBe(1);
  clock.now += 1000;
  expect(taken(Array.from({ length: 4 }, () => connect('192.0.2.1')))).toBe(2);
});

it('none from an address whose strangers have had their part', () => {
  const { connect } = port({}, (source) => source === '192.0.2.1');
  expect(taken([connect('::ffff:192.0.2.1')])).toBe(0);
  expect(taken([connect('192.0.2.2')])).toBe(1);
});

it('of those on which nobody has shown who it is, fewer; a known one keeps its place', () => {
  const { connections, connect } = port({ guests: 2 });
  const [known, first] = [connect('192.0.2.1'), connect('192.0.2.1')];
  connections.know(known);
  const second = connect('192.0.2.1');
  expect(taken([known, first, second, connect('192.0.2.1')])).toBe(3);
  expect(taken([connect('192.0.2.2')])).toBe(1);
  expect([known.destroyed, first.destroyed, second.destroyed]).toEqual([false, true, false]);
});

it('between the same ends, the end of one that is heard after the next has begun takes nothing from it', async () => {
  const { connections, connect, end } = port({ guests: 2 });
  for (let n = 0; n < 5; n++) {
    const old = connect('192.0.2.1', 7000);
    const next = connect('192.0.2.1', 7000);
    await end(old);
    const other = connect('192.0.2.1');
    expect(taken([next, other, connect('192.0.2.1')])).toBe(2);
    connections.know(next);
    const more = connect('192.0.2.1');
    expect(taken([next, other, more, connect('192.0.2.1')])).toBe(3);
    for (const socket of [next, other, more]) await end(socket);
  }
});

it('one that has ended takes no room of those that come after it', async () => {
  const { connect, end } = port({ guests: 1 });
  for (let n = 0; n < 3; n++) {
    const socket = connect('192.0.2.1');
    expect(socket.destroyed).toBe(false);
    await end(socket);
  }
});

it('of a Unix socket only so many in all', () => {
  const { connections, connect } = port({ most: 9, perAddress: 1 });
  expect(taken(Array.from({ length: 12 }, () => connect(undefined)))).toBe(9);
  connections.destroyAll();
});

it('of strangers only so many new ones in a time from all addresses, besides a few from each', () => {
  const { clock, connections, connect } = port({ most: 1000, guests: 900, perAddress: 64 });
  const from = (address: string, count: number) =>
    taken(Array.from({ length: count }, () => connect(address)));
  const known = connect('192.0.2.9');
  connections.know(known);
  expect(from('192.0.2.1', 63)).toBe(63);
  // The rate of all is used up; each has its own few.
  expect(from('192.0.2.2', 20)).toBe(8);
  expect(from('192.0.2.3', 20)).toBe(8);
  // Where somebody is logged in, it is the rate of one address that counts.
  expect(from('192.0.2.9', 20)).toBe(20);
  clock.now += 1000;
  expect(from('192.0.2.4', 20)).toBe(20);
  expect(from('192.0.2.2', 20)).toBe(1);
});

it('where everybody must show who it is, all may come at once', () => {
  const { connect } = port({ most: 1000, perAddress: 64 });
  const addresses = Array.from({ length: 10 }, (_, n) => `192.0.2.${n}`);
  expect(taken(addresses.flatMap((address) => Array.from({ length: 50 }, () => connect(address))))).toBe(500);
});

/** A port refuses connections beyond an address's number before they cost a handshake, and takes those of others. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { NO_WORKER, TestPlatform } from '../support/platform.ts';

const EACH = 8;
let platform: TestPlatform;
beforeAll(async () => {
  platform = await TestPlatform.start([...NO_WORKER, '--connections-per-address', `${EACH}`]);
});
afterAll(() => platform.stop());

/** Whether it came as far as a handshake; false where it was closed before. */
const isTaken = (socket: TLSSocket): Promise<boolean> =>
  once(socket, 'secureConnect').then(
    () => true,
    () => false,
  );

it(`of 2 x ${EACH} connections from each of two addresses, each has ${EACH}`, async () => {
  const port = Number(new URL(platform.frontend).port);
  for (const localAddress of ['127.0.9.1', '127.0.9.2']) {
    const sockets = Array.from({ length: 2 * EACH }, () => {
      const socket = connect({ host: '127.0.0.1', port, localAddress });
      return connectTls({ socket, ca: platform.certificate, servername: 'localhost' });
    });
    const taken = await Promise.all(sockets.map(isTaken));
    for (const socket of sockets) socket.destroy();
    expect(taken.filter(Boolean), localAddress).toHaveLength(EACH);
  }
});

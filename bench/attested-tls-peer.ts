/**
 * TLS echo servers in a process of their own: plain, attested, attested on both sides, and one that answers a nonce with evidence about
 * the connection (its length in 4 bytes first). Prints their ports, a policy's
 * registers and the plain certificate as JSON, and runs until its stdin ends. `argv[2]`: folder of a simulated machine.
 */
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { AttestedIdentity, openMachine, requirePeers, serverOptions } from '@gaiwan/enclave';
import { connectionAnswer, ownEndOf, PeerVerifier } from '@gaiwan/trust';
import { plainIdentity } from './plain-identity.ts';

const program = { bundle: 'ab'.repeat(32), configuration: 'cd'.repeat(32) };
const machine = await openMachine({ tee: 'simulation', simulation: process.argv[2] ?? '' }, program);
const identity = await AttestedIdentity.create({
  attester: machine.attester,
  configuration: machine.configuration,
});
const { certificate, key } = await plainIdentity();

const echo = (socket: TLSSocket) => socket.on('error', () => undefined).pipe(socket);
const plain = createServer({ cert: certificate, key, minVersion: 'TLSv1.3' }, echo);
const attested = createServer(serverOptions(identity), echo);
const mutual = createServer(serverOptions(identity, { mutual: true }), echo);
const confirmed = createServer(serverOptions(identity), (socket) => {
  socket.on('error', () => undefined);
  socket.setNoDelay().once('data', (nonce: Buffer) => void answer(socket, nonce));
});
requirePeers(mutual, new PeerVerifier({ ...machine.trust, policies: [machine.self] }));

async function answer(socket: TLSSocket, nonce: Buffer): Promise<void> {
  const end = ownEndOf(socket);
  if (end === undefined) throw new Error('no TLS 1.3');
  const instance = new Uint8Array(32);
  const made = await identity.connectionEvidence({ ...end, nonce, instance });
  if (made === undefined) throw new Error('the key was replaced');
  const json = Buffer.from(connectionAnswer({ ...made, instance }));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(json.length);
  socket.write(Buffer.concat([length, json]));
}

const listen = (server: Server) =>
  new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
const ports = {
  plain: await listen(plain),
  attested: await listen(attested),
  mutual: await listen(mutual),
  confirmed: await listen(confirmed),
};
console.log(JSON.stringify({ ...ports, certificate }));
process.stdin.on('end', () => process.exit()).resume();

/**
 * A new attested connection (handshake, and verification of the evidence with endorsements at hand) beside a new plain TLS
 * connection to the same process, in turn in the same run; and calls over connections that are open.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { connect, type TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { AttestedIdentity, createSimulation, openMachine } from '@gaiwan/enclave';
import {
  connectAttested,
  InstancePin,
  PeerVerifier,
  readConnectionAnswer,
  verifyConnection,
} from '@gaiwan/trust';
import { quantile } from './stats.ts';

const WARM_UP = 50;
const ROUNDS = 400;
/** In turns that are short beside the machine's own ups and downs. */
const TURNS = 60;
const CALLS = 200;
const GOAL_MS = 3;

interface Peer {
  readonly plain: number;
  readonly attested: number;
  readonly mutual: number;
  readonly confirmed: number;
  readonly certificate: string;
}

async function firstLine(child: ChildProcess): Promise<Peer> {
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream }))
    return JSON.parse(line) as Peer;
  throw new Error('the peer ended before it was ready');
}

async function answer(socket: TLSSocket): Promise<Uint8Array> {
  let got = Buffer.alloc(0);
  while (got.length < 4 || got.length < 4 + got.readUInt32BE(0)) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    got = Buffer.concat([got, chunk]);
  }
  return new Uint8Array(got.subarray(4));
}

type Connect = () => Promise<TLSSocket>;

async function calls(socket: TLSSocket): Promise<number[]> {
  const message = Buffer.alloc(100);
  const times: number[] = [];
  for (let i = 0; i < CALLS; i++) {
    const begin = performance.now();
    socket.write(message);
    for (let got = 0; got < message.length; ) {
      const [chunk] = (await once(socket, 'data')) as [Buffer];
      got += chunk.length;
    }
    times.push(performance.now() - begin);
  }
  return times.slice(CALLS / 4);
}

const p50 = (times: readonly number[]) =>
  quantile(
    times.toSorted((a, b) => a - b),
    0.5,
  );

async function measure(folder: string, peer: Peer): Promise<void> {
  const program = { bundle: 'ab'.repeat(32), configuration: 'cd'.repeat(32) };
  const machine = await openMachine({ tee: 'simulation', simulation: folder }, program);
  const identity = await AttestedIdentity.create({
    attester: machine.attester,
    configuration: machine.configuration,
  });
  const verifier = new PeerVerifier({ ...machine.trust, policies: [machine.self] });
  const kinds: Record<'plain' | 'attested' | 'confirmed' | 'mutual', Connect> = {
    async plain() {
      const socket = connect({
        host: '127.0.0.1',
        port: peer.plain,
        ca: peer.certificate,
        servername: 'localhost',
      });
      await once(socket, 'secureConnect');
      return socket;
    },
    attested: async () =>
      (await connectAttested({ host: '127.0.0.1', port: peer.attested, verifier })).socket,
    async confirmed() {
      const { socket, peer: server } = await connectAttested({
        host: '127.0.0.1',
        port: peer.confirmed,
        verifier,
      });
      const ask = async (nonce: Uint8Array) => {
        socket.setNoDelay().write(nonce);
        return readConnectionAnswer(Buffer.from(await answer(socket)).toString('utf8'));
      };
      await verifyConnection(socket, { peer: server, verifier, pin: new InstancePin(), ask });
      return socket;
    },
    mutual: async () => {
      const { socket } = await connectAttested({ host: '127.0.0.1', port: peer.mutual, verifier, identity });
      // Only an answer shows that the other side has judged as well.
      socket.write('x');
      await once(socket, 'data');
      return socket;
    },
  };
  const names = Object.keys(kinds) as (keyof typeof kinds)[];
  const times: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    for (const name of names) {
      const begin = performance.now();
      const socket = await kinds[name]();
      if (round >= WARM_UP) times[name]?.push(performance.now() - begin);
      socket.destroy();
    }
  }
  const median = (name: string) => p50(times[name] ?? []);
  const print = (what: string, ms: number, tail = '') =>
    console.log(`${what.padEnd(44)} p50 ${ms.toFixed(2).padStart(7)} ms${tail}`);
  const more = (name: string) => `   ${(median(name) / median('plain')).toFixed(2)}x plain`;
  print('new plain TLS connection', median('plain'));
  print('new attested connection', median('attested'), more('attested'));
  print('  with fresh evidence about that connection', median('confirmed'), more('confirmed'));
  print('new connection, both attested, with 1 byte back', median('mutual'), more('mutual'));
  const extra = median('attested') - median('plain');
  console.log(
    `attestation adds ${extra.toFixed(2)} ms; goal <= ${GOAL_MS} ms: ${extra <= GOAL_MS ? 'met' : 'missed'}`,
  );

  const warm: Record<string, number[]> = { plain: [], attested: [] };
  const [plain, attested] = [await kinds.plain(), await kinds.attested()];
  for (let turn = 0; turn < TURNS; turn++) {
    warm['plain']?.push(...(await calls(plain)));
    warm['attested']?.push(...(await calls(attested)));
  }
  const [a, b] = [p50(warm['plain'] ?? []), p50(warm['attested'] ?? [])];
  print('call of 100 bytes, warm, plain', a);
  print('call of 100 bytes, warm, attested', b, `   ${(b / a).toFixed(2)}x plain`);
  plain.destroy();
  attested.destroy();
  identity.close();
}

export async function run(): Promise<void> {
  console.log(`attested TLS: TDX quotes of a simulated machine, ${ROUNDS} connections of each kind in turn`);
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-bench-'));
  const machine = join(folder, 'machine');
  await createSimulation(machine, { now: Date.now() });
  const script = fileURLToPath(new URL('attested-tls-peer.ts', import.meta.url));
  const child = spawn(process.execPath, [script, machine], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    await measure(machine, await firstLine(child));
  } finally {
    child.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await run();

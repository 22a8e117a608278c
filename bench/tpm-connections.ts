/**
 * A new connection to a machine with a TPM in software: with a quote about each connection, with a key that one quote names and that signs
 * for each, and without either. Both ends are in this process. `node bench/tpm-connections.ts`; wants swtpm, swtpm-tools and tpm2-tools.
 */
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { parseTpmPublic, spkiOf } from '@gaiwan/attestation';
import { memorySource } from '@gaiwan/attestation/sources';
import {
  AttestedIdentity,
  type Attester,
  ConnectionAnswers,
  serverOptions,
  socketTransport,
  tpmAttester,
} from '@gaiwan/enclave';
import { askOverHttp1, connectAttested, InstancePin, PeerVerifier, verifyConnection } from '@gaiwan/trust';
import { noTpm, Swtpm } from '../packages/enclave/src/testing/swtpm.ts';
import { quantile } from './stats.ts';

const WARM_UP = 3;
const ROUNDS = 40;
const AT_ONCE = 20;

async function times(action: () => Promise<unknown>, rounds = ROUNDS): Promise<number[]> {
  const found: number[] = [];
  for (let round = 0; round < WARM_UP + rounds; round++) {
    const begin = performance.now();
    await action();
    if (round >= WARM_UP) found.push(performance.now() - begin);
  }
  return found.toSorted((a, b) => a - b);
}

interface Found {
  readonly alone: readonly number[];
  /** Until all are through. */
  readonly together: readonly number[];
}

async function measure(attester: Attester, verifier: PeerVerifier, confirmed: boolean): Promise<Found> {
  const identity = await AttestedIdentity.create({ attester });
  const answers = new ConnectionAnswers(identity, new Uint8Array(32).fill(1));
  const server = createServer(
    serverOptions(identity),
    (request, response) => void answers.respond(request, response),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    const connection = async () => {
      const { socket, peer } = await connectAttested({
        host: '127.0.0.1',
        port,
        verifier,
        protocols: ['http/1.1'],
      });
      const ask = askOverHttp1(socket, AbortSignal.timeout(60_000));
      if (confirmed) await verifyConnection(socket, { peer, verifier, pin: new InstancePin(), ask });
      socket.destroy();
    };
    const together = () => Promise.all(Array.from({ length: AT_ONCE }, connection));
    return { alone: await times(connection), together: await times(together, ROUNDS / 4) };
  } finally {
    identity.close();
    server.close();
    server.closeAllConnections();
  }
}

export async function run(): Promise<void> {
  if (noTpm !== undefined) return console.log(`connections to a machine with a TPM: SKIPPED: ${noTpm}`);
  console.log(`connections to a machine with a TPM in software (swtpm), ${ROUNDS} of each kind`);
  const machine = await Swtpm.start();
  try {
    const open = () => socketTransport({ path: machine.socket });
    const attester = tpmAttester({ open });
    const { evidence } = await attester.evidence(new Uint8Array(64));
    if (evidence.kind !== 'tpm' || evidence.akPublic === undefined) throw new Error('no quote of a TPM');
    const verifier = new PeerVerifier({
      policies: [{ anyMeasurement: true }],
      endorsements: memorySource({ trustedAk: spkiOf(parseTpmPublic(evidence.akPublic).key) }),
    });
    const p50 = (found: readonly number[]) => `${quantile(found, 0.5).toFixed(1).padStart(7)} ms`;
    const print = (what: string, { alone, together }: Found) =>
      console.log(`${what.padEnd(48)} p50 ${p50(alone)}   ${AT_ONCE} at once ${p50(together)}`);
    console.log(
      `a quote${' '.repeat(42)}p50 ${p50(await times(() => attester.evidence(new Uint8Array(64))))}`,
    );
    print('new attested connection', await measure(attester, verifier, false));
    print(
      '  with a quote about that connection',
      await measure({ ...attester, slow: false }, verifier, true),
    );
    print('  with a signature by a session-signing key', await measure(attester, verifier, true));
  } finally {
    await machine.stop();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await run();

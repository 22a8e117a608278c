/** Somebody has the TLS key of a key broker, and would give platforms a key of their own; or leads them to another genuine broker. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ConnectionEvidence,
  connectionBinding,
  type Measured,
  PeerVerifier,
  simulatedRegisters,
  simulationTrust,
} from '@gaiwan/trust';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { impostor, type Lie } from '../../../trust/src/testing/impostor.ts';
import { recordTo } from '../../../trust/src/testing/recorder.ts';
import { openMachine } from '../machine/index.ts';
import { createSimulation, openSimulation } from '../simulation/index.ts';
import { startBroker, type TestBroker } from '../testing/broker.ts';
import { AttestedIdentity } from '../tls/index.ts';

const program: Measured = { bundle: 'ab'.repeat(32), configuration: 'cd'.repeat(32) };
const brokerProgram: Measured = { bundle: '01'.repeat(32), configuration: '02'.repeat(32) };
const policy = { measurements: [{ ...simulatedRegisters(brokerProgram) }] };
const SECRET = 'the root key of a bank';

let folder: string;
let simulation: string;
/** Evidence of the second takes long to make. */
const kinds = ['fast', 'slow'] as const;
const identities = new Map<(typeof kinds)[number], AttestedIdentity>();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gaiwan-broker-key-'));
  simulation = join(folder, 'simulation');
  await createSimulation(simulation, { now: Date.now() });
  const attester = (await openSimulation(simulation)).attester(brokerProgram);
  for (const kind of kinds)
    identities.set(kind, await AttestedIdentity.create({ attester: { ...attester, slow: kind === 'slow' } }));
});
afterAll(async () => {
  for (const identity of identities.values()) identity.close();
  await rm(folder, { recursive: true });
});

async function broker(identity: AttestedIdentity): Promise<TestBroker> {
  const peers = new PeerVerifier({
    ...(await simulationTrust(simulation)),
    policies: [{ anyMeasurement: true }],
  });
  const keys = { bank: { bytes: randomBytes(32), registers: { ...simulatedRegisters(program) } } };
  const started = await startBroker(identity, peers, keys);
  onTestFinished(() => started.close());
  return started;
}

/** Of a platform that is told where its broker is. */
async function machineAt(url: string, instance?: string) {
  const keyBroker = { url, key: 'bank', policy, ...(instance !== undefined && { instance }) };
  return openMachine({ tee: 'simulation', simulation, keyBroker, anchor: { kind: 'key-broker' } }, program);
}

const reason = (why: string) => ({ code: 'failed', cause: { name: 'UntrustedPeer', reason: why } });

describe.each(kinds)('a key broker (%s)', (kind) => {
  const identity = () => {
    const found = identities.get(kind);
    if (found === undefined) throw new Error('there is no such identity');
    return found;
  };
  const instance = new Uint8Array(32).fill(7);
  const sessionKey = () => identity().current.spki;

  it('gives its key over a connection that it attests', async () => {
    const { url, instance: id } = await broker(identity());
    const { sealer } = await machineAt(url, id.toUpperCase());
    const sealed = (await sealer?.seal(Buffer.from(SECRET))) ?? new Uint8Array();
    expect(Buffer.from((await sealer?.unseal(sealed)) ?? []).toString()).toBe(SECRET);
  });

  it('is one instance: another genuine one is refused, as named and as first seen', async () => {
    const [one, other] = [await broker(identity()), await broker(identity())];
    const named = await machineAt(one.url, other.instance);
    await expect(named.sealer?.seal(Buffer.from(SECRET))).rejects.toMatchObject(reason('wrong-instance'));
    let target = Number(new URL(one.url).port);
    const way = await recordTo(() => target, 3);
    onTestFinished(() => way.close());
    const first = await machineAt(`https://localhost:${way.port}`);
    await first.sealer?.seal(Buffer.from(SECRET));
    target = Number(new URL(other.url).port);
    await expect(first.sealer?.seal(Buffer.from(SECRET))).rejects.toMatchObject(reason('wrong-instance'));
    // The anchor is at the same one.
    await expect(first.anchor?.open().read()).rejects.toMatchObject({ code: 'unavailable' });
  });

  const elsewhere = async (end: { readonly nonce: Uint8Array; readonly exporter: Uint8Array }) => {
    const said = await identity().connectionEvidence({ ...end, sessionKey: sessionKey(), instance });
    return { certificate: new Uint8Array(), ...said, instance };
  };
  let recorded: ConnectionEvidence | undefined;
  const lies: readonly (readonly [what: string, lie: Lie, expected: object])[] = [
    ['nothing', async () => undefined, { code: 'failed' }],
    [
      'its certificate',
      async () => ({ certificate: identity().current.der, instance }),
      reason('connection-binding'),
    ],
    [
      'what the genuine broker said on another connection',
      async ({ nonce }) => elsewhere({ nonce, exporter: new Uint8Array(32) }),
      reason('connection-binding'),
    ],
    [
      'what it said for another nonce',
      async ({ exporter }) => elsewhere({ nonce: new Uint8Array(32), exporter }),
      reason('connection-binding'),
    ],
    [
      'what it said as a client',
      async ({ exporter }) => {
        const said = await identity().connectionEvidence({ exporter, sessionKey: sessionKey() });
        return { certificate: new Uint8Array(), ...said, instance };
      },
      reason('connection-binding'),
    ],
    [
      'evidence for a nonce that is what the evidence about the connection would say',
      async (end) => {
        const nonce = connectionBinding({ ...end, sessionKey: sessionKey(), instance });
        const certificate = await identity().certificateFor(sessionKey(), { nonce });
        return { certificate: certificate ?? new Uint8Array(), instance };
      },
      reason('connection-binding'),
    ],
  ];
  it.each(lies)('is nobody who has its TLS key and says %s', async (_what, lie, expected) => {
    const thief = await impostor(identity().current, lie, { key: Buffer.alloc(32, 1).toString('base64') });
    onTestFinished(() => thief.close());
    const { sealer, anchor } = await machineAt(thief.url);
    await expect(sealer?.seal(Buffer.from(SECRET))).rejects.toMatchObject(expected);
    await expect(anchor?.open().read()).rejects.toMatchObject({ code: 'unavailable' });
    expect(thief.heard).toEqual([]);
  });

  it('is nobody who has its TLS key and what it once said', async () => {
    const lie: Lie = async (end) => (recorded ??= await elsewhere(end));
    const thief = await impostor(identity().current, lie, { key: Buffer.alloc(32, 1).toString('base64') });
    onTestFinished(() => thief.close());
    const { sealer } = await machineAt(thief.url);
    // The first time it is the truth, which only the broker itself can say.
    await sealer?.seal(Buffer.from(SECRET));
    expect(thief.heard).toHaveLength(1);
    await expect(sealer?.seal(Buffer.from(SECRET))).rejects.toMatchObject(reason('connection-binding'));
    expect(thief.heard).toHaveLength(1);
  });
});

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fakeAws } from '@gaiwan/attestation-kit/machines';
import { type Measured, PeerVerifier, simulatedRegisters, simulationTrust } from '@gaiwan/trust';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Anchor } from '../anchor/index.ts';
import { nitroAttester } from '../attester/nitro.ts';
import { measureConfiguration } from '../measure/index.ts';
import { type SealedRootKey, sealedRootKey } from '../sealing/index.ts';
import { createSimulation } from '../simulation/index.ts';
import { anchorContract } from '../testing/anchor-contract.ts';
import { startBroker, type TestBroker, type TestKey } from '../testing/broker.ts';
import { noTpm, Swtpm } from '../testing/swtpm.ts';
import { AttestedIdentity, attestedCertificate } from '../tls/index.ts';
import { type AnchorSettings, keysConfiguration, measuredPcr, openMachine } from './index.ts';

const program: Measured = { bundle: 'ab'.repeat(32), configuration: 'cd'.repeat(32) };
const next: Measured = { ...program, bundle: 'ef'.repeat(32) };
let folder: string;
let simulation: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gaiwan-machine-'));
  simulation = join(folder, 'simulation');
  await createSimulation(simulation, { now: Date.now() });
});
afterAll(() => rm(folder, { recursive: true }));

/** The key that a store is opened with, which is then the only one. */
async function keyOf(root: SealedRootKey, create = false): Promise<Uint8Array> {
  const [first] = await root.load({ create });
  if (!first) throw new Error('no key');
  await first.settle();
  return first.bytes;
}

const simulated = (measured = program) => openMachine({ tee: 'simulation', simulation }, measured);

describe('a simulated machine', () => {
  it('knows its registers, and accepts only itself', async () => {
    const machine = await simulated();
    expect(machine.registers).toEqual(simulatedRegisters(program));
    const verifier = new PeerVerifier({ ...machine.trust, policies: [machine.self] });
    const issue = async (measured: Measured) =>
      (
        await attestedCertificate({
          attester: (await simulated(measured)).attester,
          configuration: measured.configuration,
          now: Date.now(),
          lifetime: 60,
        })
      ).der;
    expect((await verifier.verify(await issue(program))).simulated).toBe(true);
    await expect(verifier.verify(await issue(next))).rejects.toMatchObject({ reason: 'policy-measurement' });
  });

  it('is told from another configuration by a claim, where no register has it', async () => {
    const { attester, registers, trust, configuration } = await simulated();
    const { mrTd = '' } = registers;
    const verifier = new PeerVerifier({
      ...trust,
      policies: [{ measurements: [{ mrTd }], configurations: [configuration] }],
    });
    const issue = async (claimed: object) =>
      (await attestedCertificate({ attester, now: Date.now(), lifetime: 60, ...claimed })).der;
    await verifier.verify(await issue({ configuration }));
    for (const claimed of [{}, { configuration: '00'.repeat(32) }]) {
      await expect(verifier.verify(await issue(claimed))).rejects.toMatchObject({
        reason: 'policy-measurement',
      });
    }
  });

  it('with another key broker is another configuration', () => {
    const settings = (keyBroker: object) => ({ tee: 'simulation', simulation, keyBroker }) as never;
    const broker = { url: 'https://a', key: 'k', ca: 'PEM' };
    const digest = (given: never) => measureConfiguration(keysConfiguration(given));
    const one = digest(settings(broker));
    expect(digest(settings({ ...broker, url: 'https://b' }))).toBe(one);
    expect(digest(settings({ ...broker, ca: 'ANOTHER' }))).not.toBe(one);
    expect(digest(settings({ ...broker, key: 'l' }))).not.toBe(one);
    expect(digest(settings({ ...broker, instance: '1a'.repeat(32) }))).not.toBe(one);
    expect(digest({ tee: 'simulation', simulation } as never)).not.toBe(one);
  });

  it('with another anchor, a longer interval or none is another configuration; with another folder it is not', () => {
    const digest = (anchor?: AnchorSettings) => measureConfiguration(keysConfiguration(anchor && { anchor }));
    const one = digest({ kind: 'file', folder: '/a' });
    expect(digest({ kind: 'file', folder: '/b', interval: 0 })).toBe(one);
    const others = [digest(), digest({ kind: 'file', folder: '/a', interval: 5 }), digest({ kind: 'tpm' })];
    expect(new Set([one, ...others]).size).toBe(4);
    expect(digest({ kind: 'tpm', interval: 10_000 })).toBe(others[2]);
  });

  it('keeps a key for one program, and hands it over to the next that is named', async () => {
    const path = join(folder, 'root.sealed');
    const old = await simulated();
    const held = sealedRootKey(path, old.sealer as never);
    const key = await keyOf(held, true);
    const other = await simulated(next);
    const later = sealedRootKey(path, other.sealer as never);
    await expect(later.load({ create: false })).rejects.toMatchObject({
      code: 'wrong-measurement',
      registers: ['mrTd'],
      message: expect.stringContaining('mrTd'),
    });
    await held.reseal(old.sealerFor?.(other.registers) as never);
    expect(await keyOf(later)).toEqual(key);
  });

  it.each([
    ['no folder', { tee: 'simulation' }, 'bad-machine-settings'],
    ['a folder, and no wish for it', { tee: 'auto', simulation: '/tmp' }, 'bad-machine-settings'],
    ['nothing there', { tee: 'simulation', simulation: '/nonexistent' }, 'no-simulation'],
    ['Nitro without a helper', { tee: 'nitro' }, 'bad-machine-settings'],
    ['a TPM, and no wish for it', { tee: 'sgx', tpm: '/dev/tpmrm0' }, 'bad-machine-settings'],
    ['no such TPM', { tee: 'tpm', tpm: 'nonsense' }, 'bad-machine-settings'],
    ['no such device', { tee: 'tpm', tpm: '/dev/nonexistent' }, 'tpm-unreachable'],
    ['no Gramine', { tee: 'sgx' }, 'not-available'],
    [
      'a broker of nobody',
      { tee: 'simulation', keyBroker: { url: 'https://b', key: 'k' } },
      'bad-machine-settings',
    ],
    [
      'an instance of a broker that attests nothing',
      {
        tee: 'simulation',
        keyBroker: { url: 'https://b', key: 'k', ca: 'PEM', instance: '1a'.repeat(32) },
      },
      'bad-machine-settings',
    ],
  ] as const)('%s: an error that says what to do', async (_what, settings, code) => {
    const given =
      settings.tee === 'simulation' && 'keyBroker' in settings ? { ...settings, simulation } : settings;
    await expect(openMachine(given, program)).rejects.toMatchObject({ code });
  });

  it('is never what "auto" finds', async () => {
    const found = await openMachine({ tee: 'auto', tpm: '/dev/nonexistent' }, program).catch(
      (error: unknown) => error,
    );
    if (found instanceof Error) expect(found).toMatchObject({ code: 'no-tee' });
    else expect((found as { attester: { kind: string } }).attester.kind).not.toBe('simulation');
  });
});

describe('a key broker', () => {
  let identity: AttestedIdentity;
  let keys: Record<string, TestKey>;
  let broker: TestBroker;
  const brokerProgram: Measured = { bundle: '01'.repeat(32), configuration: '02'.repeat(32) };
  const policy = { measurements: [{ ...simulatedRegisters(brokerProgram) }] };
  beforeAll(async () => {
    identity = await AttestedIdentity.create({ attester: (await simulated(brokerProgram)).attester });
    keys = { bank: { bytes: randomBytes(32), registers: { ...simulatedRegisters(program) } } };
    const peers = new PeerVerifier({
      ...(await simulationTrust(simulation)),
      policies: [{ anyMeasurement: true }],
    });
    broker = await startBroker(identity, peers, keys);
  });
  afterAll(async () => {
    identity.close();
    await broker.close();
  });
  const machine = (measured = program, change: object = {}, anchor?: AnchorSettings) =>
    openMachine(
      {
        tee: 'simulation',
        simulation,
        keyBroker: { url: broker.url, key: 'bank', policy, ...change },
        ...(anchor && { anchor }),
      },
      measured,
    );

  it('gives the key to the program that it is for', async () => {
    const path = join(folder, 'brokered');
    const key = await keyOf(sealedRootKey(path, (await machine()).sealer as never), true);
    expect(await keyOf(sealedRootKey(path, (await machine()).sealer as never))).toEqual(key);
  });

  anchorContract({ describe, it }, 'a key broker', async () => ({
    open: async () => (await machine(program, {}, { kind: 'key-broker' })).anchor?.open() as Anchor,
    dispose: async () => {
      delete keys['bank']?.state;
    },
  }));

  it.each(['file', 'key-broker'] as const)('or a folder is the anchor: %s', async (kind) => {
    const settings = kind === 'file' ? { kind, folder: join(folder, 'anchor') } : { kind };
    const { anchor } = await machine(program, {}, settings);
    const opened = anchor?.open();
    const state = { epoch: 1, commits: 3, digest: new Uint8Array(32).fill(7) };
    await opened?.advance(undefined, state);
    expect([anchor?.kind, anchor?.interval, await anchor?.open().read()]).toEqual([kind, 0, state]);
    delete keys['bank']?.state;
  });

  it('that keeps its key back, or is gone, is an anchor that does not answer', async () => {
    const other = (await machine(next, {}, { kind: 'key-broker' })).anchor?.open();
    await expect(other?.read()).rejects.toMatchObject({ name: 'AnchorError', code: 'unavailable' });
    const gone = { url: 'https://localhost:1' };
    const nowhere = (await machine(program, gone, { kind: 'key-broker' })).anchor?.open();
    await expect(nowhere?.read()).rejects.toMatchObject({ name: 'AnchorError', code: 'unavailable' });
  });

  it('that never answers keeps no anchor from its end, and is asked no more after it', async () => {
    const connections: Socket[] = [];
    const silent = createServer((socket) => connections.push(socket.on('error', () => undefined).resume()));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void silent.close());
    const url = `https://localhost:${(silent.address() as AddressInfo).port}`;
    const anchor = (await machine(program, { url }, { kind: 'key-broker' })).anchor?.open();
    const reading = anchor?.read().catch((error: unknown) => error);
    await expect.poll(() => connections.length).toBe(1);
    const gone = new Promise((resolve) => connections[0]?.once('close', resolve));
    await anchor?.close();
    expect(await reading).toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('given up'),
    });
    await gone;
    await expect(anchor?.read()).rejects.toMatchObject({ code: 'unavailable' });
    expect(connections).toHaveLength(1);
  });

  it('gives it to a program that has run for longer than a certificate holds', async () => {
    // The broker vouches for itself by an authority: only the program's own certificate is to age.
    const { sealer } = await machine(program, { policy: undefined, ca: identity.current.certificate });
    onTestFinished(() => void vi.useRealTimers());
    const blob = (await sealer?.seal(Buffer.from('key'))) as Uint8Array;
    vi.useFakeTimers({ now: Date.now() + 2 * 3_600_000, toFake: ['Date'] });
    expect(await sealer?.unseal(blob)).toEqual(new Uint8Array(Buffer.from('key')));
  });

  it('keeps it back from another, and says which register differs', async () => {
    const { sealer } = await machine(next);
    await expect(sealer?.seal(randomBytes(32))).rejects.toMatchObject({
      code: 'wrong-measurement',
      registers: ['mrTd'],
    });
  });

  it('gives another key under another name, and none under a name that it does not know', async () => {
    const { sealer } = await machine();
    const blob = (await sealer?.seal(randomBytes(32))) as Uint8Array;
    keys['other'] = { bytes: randomBytes(32), registers: keys['bank']?.registers ?? {} };
    const other = await machine(program, { key: 'other' });
    await expect(other.sealer?.unseal(blob)).rejects.toMatchObject({ code: 'not-unsealable' });
    const unknown = await machine(program, { key: 'nobody' });
    await expect(unknown.sealer?.unseal(blob)).rejects.toMatchObject({ code: 'failed' });
    await expect(sealer?.unseal(randomBytes(80))).rejects.toMatchObject({ code: 'not-unsealable' });
    await expect(machine(program, { key: '../x' })).rejects.toMatchObject({ code: 'failed' });
  });

  it('that is another program is told nothing, and neither is an authority believed that is not its own', async () => {
    const stranger = { measurements: [{ ...simulatedRegisters(next) }] };
    const { sealer } = await machine(program, { policy: stranger });
    await expect(sealer?.seal(randomBytes(32))).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('not to be trusted'),
    });
    const ours = await machine(program, { policy: undefined, ca: identity.current.certificate });
    expect(await ours.sealer?.unseal(await ours.sealer.seal(Buffer.from('key')))).toEqual(
      new Uint8Array(Buffer.from('key')),
    );
    const { certificate } = await attestedCertificate({
      attester: (await simulated(brokerProgram)).attester,
      now: Date.now(),
      lifetime: 60,
    });
    const foreign = await machine(program, { policy: undefined, ca: certificate });
    await expect(foreign.sealer?.seal(randomBytes(32))).rejects.toMatchObject({ code: 'failed' });
  });
});

if (noTpm) console.log(`SKIPPED: a machine with a real TPM: ${noTpm}`);
describe.skipIf(noTpm)('a machine with a TPM', () => {
  it('measures the program once, is judged by other processes, seals to it, and hands over', async () => {
    const tpm = await Swtpm.start();
    onTestFinished(() => tpm.stop());
    const settings = { tee: 'tpm', tpm: `unix:${tpm.socket}` } as const;
    const first = await openMachine(settings, program);
    expect(first.registers['pcr15']).toBe(measuredPcr(program));
    // Another process of the same program finds it measured, and both accept each other.
    const second = await openMachine(settings, program);
    expect(second.registers).toEqual(first.registers);
    const { attester, configuration } = second;
    const { der } = await attestedCertificate({ attester, configuration, now: Date.now(), lifetime: 60 });
    const verifier = new PeerVerifier({ ...first.trust, policies: [first.self] });
    expect((await verifier.verify(der)).verified.inner.kind).toBe('tpm');
    // Nobody vouches for this TPM to strangers.
    const stranger = new PeerVerifier({
      ...(await simulationTrust(simulation)),
      policies: [first.self],
    });
    await expect(stranger.verify(der)).rejects.toMatchObject({ code: 'untrusted-peer' });

    const path = join(folder, 'tpm');
    const key = await keyOf(sealedRootKey(path, first.sealer as never), true);
    expect(await keyOf(sealedRootKey(path, second.sealer as never))).toEqual(key);
    await expect(openMachine(settings, next)).rejects.toMatchObject({
      code: 'register-taken',
      message: expect.stringContaining('PCR 15'),
    });
    await sealedRootKey(path, first.sealer as never).reseal(
      first.sealerFor?.({ pcr15: measuredPcr(next) }) as never,
    );
    await tpm.halt();
    await tpm.boot();
    const updated = await openMachine(settings, next);
    expect(updated.registers['pcr15']).toBe(measuredPcr(next));
    expect(await keyOf(sealedRootKey(path, updated.sealer as never))).toEqual(key);
    await tpm.halt();
    await tpm.boot();
    const back = await openMachine(settings, program);
    await expect(sealedRootKey(path, back.sealer as never).load({ create: false })).rejects.toMatchObject({
      code: 'wrong-measurement',
      registers: ['pcr15'],
    });
  });
});

describe('Nitro’s helper', () => {
  const helper = async (code: string) => {
    const path = join(folder, `helper-${randomBytes(4).toString('hex')}.mjs`);
    await writeFile(path, code);
    return nitroAttester([process.execPath, path]);
  };
  const data = new Uint8Array(64).fill(5);

  it.each([
    ['that is not there', () => nitroAttester(['/nonexistent/helper']), 'not-available'],
    ['that fails', () => helper('process.exit(3)'), 'failed'],
    ['that writes nonsense', () => helper('process.stdout.write("hello")'), 'failed'],
    ['that writes without end', () => helper('process.stdout.write(Buffer.alloc(1 << 20))'), 'failed'],
  ])('%s is told', async (_what, made, code) => {
    await expect((await made()).evidence(data)).rejects.toMatchObject({ code });
  });

  it('gets 64 bytes, and its document must have them as its nonce', async () => {
    const aws = await fakeAws();
    const make = async (nonce: Uint8Array) => {
      const document = Buffer.from(await aws.document({ fields: { nonce } })).toString('base64');
      return helper(
        `const chunks = []; for await (const chunk of process.stdin) chunks.push(chunk);
         if (Buffer.concat(chunks).length !== 64) process.exit(1);
         process.stdout.write(Buffer.from('${document}', 'base64'));`,
      );
    };
    expect((await (await make(data)).evidence(data)).evidence.kind).toBe('nitro');
    await expect((await make(new Uint8Array(64))).evidence(data)).rejects.toMatchObject({
      code: 'interference',
    });
    await expect((await make(data)).evidence(new Uint8Array(3))).rejects.toMatchObject({
      code: 'bad-report-data',
    });
  });
});

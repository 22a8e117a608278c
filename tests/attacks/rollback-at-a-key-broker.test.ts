/** A platform whose newest state the key broker remembers, and an older copy of its whole data folder. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSimulation, openSimulation } from '@gaiwan/enclave';
import { type Measured, PeerVerifier, simulatedRegisters, simulationTrust } from '@gaiwan/trust';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gaiwan } from '../../packages/cli/src/testing/run.ts';
import { startBroker, type TestKey } from '../../packages/enclave/src/testing/broker.ts';
import { AttestedIdentity } from '../../packages/enclave/src/tls/index.ts';
import { gaiwanBin, NO_WORKER, TestPlatform, temporaryFolder } from '../support/platform.ts';

const brokerProgram: Measured = { bundle: '01'.repeat(32), configuration: '02'.repeat(32) };
const folder = temporaryFolder();
const machine = join(folder, 'machine');
const parts = new AsyncDisposableStack();
const keys: Record<string, TestKey> = {};
let options: readonly string[];
let platform: TestPlatform;

beforeAll(async () => {
  await createSimulation(machine, { now: Date.now() });
  const attester = (await openSimulation(machine)).attester(brokerProgram);
  const identity = parts.adopt(await AttestedIdentity.create({ attester }), (it) => it.close());
  const peers = new PeerVerifier({
    ...(await simulationTrust(machine)),
    policies: [{ anyMeasurement: true }],
  });
  const { url } = parts.adopt(await startBroker(identity, peers, keys), (it) => it.close());
  const policy = join(folder, 'broker.json');
  writeFileSync(policy, JSON.stringify({ measurements: [simulatedRegisters(brokerProgram)] }));
  const broker = ['--key-broker', url, '--key-broker-key', 'bank', '--key-broker-policy', policy];
  options = ['--anchor', 'key-broker', ...broker, '--executors', 'builtin'];
  // What the owner of the data does: the key is for this program in this configuration.
  const measured = execFileSync(process.execPath, [gaiwanBin, 'measure', '--policy', ...options]);
  const [registers] = (JSON.parse(measured.toString()) as { measurements: Record<string, string>[] })
    .measurements;
  keys['bank'] = { bytes: randomBytes(32), registers: registers ?? {} };
  platform = await TestPlatform.start([...options, ...NO_WORKER], { machine });
});
afterAll(async () => {
  await platform.stop();
  await parts.disposeAsync();
  rmSync(folder, { recursive: true });
});

const at = (name: string) => join(platform.folder, name);
const putBack = (name: string) => {
  rmSync(at('data'), { recursive: true });
  cpSync(at(name), at('data'), { recursive: true });
};
/** What doctor says of the anchor. */
async function doctor(...more: readonly string[]) {
  const on = ['--tee', 'simulation', '--simulation', machine];
  const { stdout, stderr } = await gaiwan(['doctor', ...on, ...options, ...more, '--json']);
  expect(stderr).toBe('');
  const { lines } = JSON.parse(stdout.toString()) as {
    lines: { what: string; offered: boolean; detail: string }[];
  };
  return lines.find(({ what }) => what === 'anchor');
}

describe('a platform whose anchor is a key broker', () => {
  it('refuses an older data folder, and serves the newest', async () => {
    expect(platform.anchor).toEqual({ kind: 'key-broker', interval: 0 });
    (await platform.user('anna')).close();
    await platform.kill('SIGTERM');
    cpSync(at('data'), at('older'), { recursive: true });
    const stateThen = keys['bank']?.state;
    await platform.boot();
    (await platform.user('ben')).close();
    await platform.kill('SIGTERM');
    cpSync(at('data'), at('newest'), { recursive: true });

    putBack('older');
    await expect(platform.boot()).rejects.toThrow('data-folder-state-rolled-back');
    // An emptied folder is none that is new.
    rmSync(at('data'), { recursive: true });
    await expect(platform.boot()).rejects.toThrow('data-folder-state-rolled-back');
    putBack('newest');
    await platform.boot();
    (await platform.connect('ben')).close();
    await platform.kill('SIGTERM');

    // Its owner can roll it back together with the folder: docs/threat-model.md.
    Object.assign(keys['bank'] ?? {}, { state: stateThen });
    putBack('older');
    await platform.boot();
    await expect(platform.connect('ben')).rejects.toMatchObject({ code: 'authentication-failed' });
    await platform.kill('SIGTERM');
  });

  it('is told by doctor what it remembers, as the program that it is for, and nothing otherwise', async () => {
    const before = keys['bank']?.state;
    const commits = Buffer.from(before ?? '', 'base64').readBigUInt64BE(8);
    expect(await doctor()).toMatchObject({
      offered: true,
      detail: expect.stringMatching(new RegExp(`; it remembers epoch 1, commit ${commits}$`)) as string,
    });
    expect(await doctor('--allow-url', 'https://files.example.com')).toMatchObject({
      offered: false,
      detail: expect.stringContaining('403') as string,
    });
    expect(keys['bank']?.state).toBe(before);
  });
});

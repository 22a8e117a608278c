/** A worker that is another program: let in because the operator's policy names what it is, and for what it announces only. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AttestedIdentity, openSimulation } from '@gaiwan/enclave';
import type { Executor } from '@gaiwan/executors';
import { runWorker } from '@gaiwan/platform';
import { PeerVerifier, simulatedRegisters } from '@gaiwan/trust';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { TestPlatform, temporaryFolder } from './support/platform.ts';

/** What the double runs: neither the program nor the configuration of the platform. */
const listed = { bundle: '11'.repeat(32), configuration: '22'.repeat(32) };
const others = { bundle: '11'.repeat(32), configuration: '33'.repeat(32) };

/** Of the task that stays until another has ended. */
let patient: { readonly runs: () => void; readonly mayEnd: Promise<void> } | undefined;

/** Says what it is asked, in capitals. */
const shouting: Executor = {
  name: 'shouting',
  layers: [],
  pairs: ['custom:shout/shout'],
  slots: 2,
  async run({ payload }) {
    const text = Buffer.from(payload).toString();
    patient?.runs();
    if (text === 'patience') await patient?.mayEnd;
    const returnValue =
      text === 'huge' ? Buffer.alloc((32 << 20) - 20, 'x') : Buffer.from(text.toUpperCase());
    return { returnValue, log: [], outputs: {} };
  },
  close: () => Promise.resolve(),
};

let platform: TestPlatform;
let settings: string;
beforeAll(async () => {
  settings = temporaryFolder();
  const policy = join(settings, 'worker.json');
  writeFileSync(policy, JSON.stringify({ measurements: [simulatedRegisters(listed)] }));
  platform = await TestPlatform.start(['--worker-policy', policy]);
});
afterAll(async () => {
  await platform.stop();
  rmSync(settings, { recursive: true, force: true });
});

/** Attaches a double until the test ends; gives what it complains of. */
async function attach(measured: typeof listed): Promise<Error[]> {
  const { attester } = await openSimulation(platform.machine);
  const identity = await AttestedIdentity.create({ attester: attester(measured) });
  const { reference, ...roots } = platform.trust;
  const policies = 'policies' in reference ? (reference.policies ?? []) : [];
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-worker-'));
  const ended = new AbortController();
  const complaints: Error[] = [];
  const running = runWorker({
    id: 'double',
    socket: join(platform.folder, 'data', 'run', 'platform'),
    identity,
    verifier: new PeerVerifier({ ...roots, policies }),
    report: (error) => complaints.push(error as Error),
    folder,
    executors: [shouting],
    allowedOrigins: [],
    signal: ended.signal,
  });
  onTestFinished(async () => {
    ended.abort();
    await running;
    identity.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return complaints;
}

/** A task for the double; resolves with its result. */
async function shout(text = 'hello'): Promise<string> {
  const { functions, tasks } = await platform.admin();
  const functionId = await functions.register({
    name: 'f',
    executorType: 'custom:shout',
    public: true,
    payload: Buffer.from(text),
  });
  const taskId = await tasks.create({ functionId, executor: 'shout' });
  await tasks.invoke(taskId);
  return Buffer.from((await tasks.result(taskId)).returnValue).toString();
}

describe('a worker of another program', () => {
  it('that the operator has listed gets tasks for what it announces', async () => {
    const complaints = await attach(listed);
    expect(await shout()).toBe('HELLO');
    expect(complaints).toEqual([]);
  });

  it('keeps its other tasks when a result is longer than a message', async () => {
    const complaints = await attach(listed);
    const mayEnd = Promise.withResolvers<void>();
    const runs = vi.fn();
    patient = { runs, mayEnd: mayEnd.promise };
    const innocent = shout('patience');
    await expect.poll(() => runs.mock.calls.length).toBe(1);
    await expect(shout('huge')).rejects.toThrow('write the result to an output');
    mayEnd.resolve();
    expect(await innocent).toBe('PATIENCE');
    // One run each, on one stream.
    expect(runs).toHaveBeenCalledTimes(2);
    expect(complaints).toEqual([]);
  });

  it('that is not listed is not let in', async () => {
    const complaints = await attach(others);
    await expect.poll(() => complaints.length).toBeGreaterThan(1);
    // Whoever could run it never came, or has gone for too long.
    await expect(shout()).rejects.toThrow('function not available: (custom:shout, shout)');
  });
});

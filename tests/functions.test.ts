/**
 * What workers run. Every built-in function goes once through the whole platform, on encrypted inputs, by its catalogue example; and a worker that
 * is another program is let in because the operator's policy names what it is, and for what it announces only.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { catalogue, exampleOptions } from '@gaiwan/catalogue';
import { builtinFunction, fileSigner, type Gaiwan } from '@gaiwan/client';
import type { Executor } from '@gaiwan/executors';
import type { FileKey } from '@gaiwan/files';
import { simulatedRegisters } from '@gaiwan/trust';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { gaiwan } from '../packages/cli/src/testing/run.ts';
import { gaiwanHere } from '../packages/cli/src/testing/run-here.ts';
import { attach } from './support/listed-worker.ts';
import { TestPlatform, temporaryFolder } from './support/platform.ts';
import { approve, freshKey, schemes } from './support/three-banks.ts';

let platform: TestPlatform;
let vendor: Gaiwan;
let alice: Gaiwan;
/** What the other program is: neither the program nor the configuration of the platform. */
const listed = { bundle: '11'.repeat(32), configuration: '22'.repeat(32) };
const others = { bundle: '11'.repeat(32), configuration: '33'.repeat(32) };
const settings = temporaryFolder();
beforeAll(async () => {
  const policy = join(settings, 'worker.json');
  writeFileSync(policy, JSON.stringify({ measurements: [simulatedRegisters(listed)] }));
  platform = await TestPlatform.start(['--worker-policy', policy]);
  vendor = await platform.user('vendor', 'FunctionOwner', '');
  alice = await platform.user('alice');
});
afterAll(async () => {
  await platform.stop();
  rmSync(settings, { recursive: true, force: true });
});

const mapValues = <A, B>(given: Readonly<Record<string, A>>, map: (name: string, value: A) => B) =>
  Object.fromEntries(Object.entries(given).map(([name, value]) => [name, map(name, value)]));

async function uploadAll(
  folder: string,
  contents: Readonly<Record<string, string | Uint8Array>>,
): Promise<Record<string, string>> {
  const ids: Record<string, string> = {};
  for (const [i, [name, content]] of Object.entries(contents).entries()) {
    const path = join(folder, name);
    writeFileSync(path, content);
    const key = freshKey(schemes[i % schemes.length] ?? 'aes-gcm-256');
    ids[name] = (await alice.data.encryptAndUpload({ path, name: `${name}.enc`, key })).dataId;
  }
  return ids;
}

describe('every built-in function through the whole platform', () => {
  it.each([...catalogue.values()])('$name', async (entry) => {
    const { name, example } = entry;
    const { arguments: args, inputs = {}, outputs = {}, returns } = example;
    const folder = join(platform.folder, name);
    mkdirSync(folder);
    const definition = await builtinFunction(name, exampleOptions(entry));
    const functionId = await vendor.functions.register({ ...definition, public: true });
    const inputIds = await uploadAll(folder, inputs);
    const keys = mapValues(outputs, (): FileKey => freshKey('aes-gcm-256'));
    const outputIds: Record<string, string> = {};
    for (const [slot, key] of Object.entries(keys)) {
      outputIds[slot] = await alice.data.createOutput({ name: `${slot}.enc`, key });
    }
    const owner = () => ['alice'];
    const taskId = await alice.tasks.create({
      functionId,
      arguments: args,
      executor: 'builtin',
      inputs: mapValues(inputs, owner),
      outputs: mapValues(outputs, owner),
    });
    if (Object.keys({ ...inputIds, ...outputIds }).length > 0) {
      await alice.tasks.assign(taskId, { inputs: inputIds, outputs: outputIds });
    }
    await approve(alice, taskId);
    await alice.tasks.invoke(taskId);
    const result = await alice.tasks.result(taskId);
    expect(Buffer.from(result.returnValue).toString()).toBe(returns);
    for (const [slot, expected] of Object.entries(outputs)) {
      const path = join(folder, `${slot}.out`);
      await alice.data.download(outputIds[slot] as string, path, keys[slot] as FileKey);
      expect(readFileSync(path, 'utf8')).toBe(expected);
    }
  });
});

describe('the command line', () => {
  it('registers a function from the catalogue and runs a task', async () => {
    const home = join(platform.folder, 'home');
    const env = { GAIWAN_HOME: home, GAIWAN_PASSWORD: 'a test password', HOME: home };
    const run = async (command: string, by = gaiwanHere) => {
      const ended = await by([...command.split(' '), '--json'], { env });
      expect(ended.code, ended.stderr).toBe(0);
      return JSON.parse(ended.stdout.toString()) as Record<string, string>;
    };
    /** In a process of its own. */
    const runAlone = (command: string) => run(command, gaiwan);
    const where = `--authentication ${platform.authentication} --frontend ${platform.frontend}`;
    const trust = `--simulation ${platform.machine} --policy ${platform.policy}`;
    await run(`login ${where} ${trust} --user vendor`);
    const name = 'builtin-private-set-intersect';
    const { functionId } = await runAlone(
      `functions register --name ${name} --public --parties 2 --optional-argument result`,
    );
    expect(await runAlone(`functions show ${functionId}`)).toMatchObject({
      arguments: [{ key: 'num_user' }, { key: 'result' }],
      inputs: [{ name: 'input_data0' }, { name: 'input_data1' }],
      outputs: [
        { name: 'output_data0', optional: true },
        { name: 'output_data1', optional: true },
      ],
    });
    await run(`login ${where} ${trust} --user alice`);
    // From its first login on the account acts with its key, whatever it is used by.
    const { file = '' } = await run('keys show');
    await alice.login('alice', env.GAIWAN_PASSWORD, { signer: await fileSigner(file) });
    const { taskId } = await run(
      `tasks create --function ${functionId} --arguments {"num_user":2,"result":"count"} ` +
        '--input input_data0=alice --input input_data1=alice',
    );
    const folder = join(platform.folder, 'from-the-command-line');
    mkdirSync(folder);
    const ids = await uploadAll(folder, { first: 'ann\nbob\n', second: 'cid\nbob\n' });
    await runAlone(
      `tasks assign ${taskId} --input input_data0=${ids['first']} --input input_data1=${ids['second']}`,
    );
    await approve(alice, taskId ?? '');
    await run(`tasks invoke ${taskId}`);
    const result = await gaiwan(['tasks', 'result', taskId ?? ''], { env });
    expect(result.stdout.toString()).toContain('1 common items');
  });
});

describe('a worker of another program', () => {
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
  /** Of the task that stays until another has ended. */
  let patient: { readonly runs: () => void; readonly mayEnd: Promise<void> } | undefined;

  /** Says what it is asked, in capitals. */
  const shouting = (kind: string): Executor => ({
    name: kind,
    layers: [],
    pairs: [`custom:${kind}/${kind}`],
    slots: 2,
    async run({ payload }) {
      const asked = text(payload);
      patient?.runs();
      if (asked === 'patience') await patient?.mayEnd;
      const returnValue =
        asked === 'huge' ? Buffer.alloc((32 << 20) - 20, 'x') : Buffer.from(asked.toUpperCase());
      return { returnValue, log: [], outputs: {} };
    },
    close: () => Promise.resolve(),
  });

  /** A task for it; resolves with its result. */
  async function shout(asked = 'hello', kind = 'shout'): Promise<string> {
    const { functions, tasks } = await platform.admin();
    const functionId = await functions.register({
      name: 'f',
      executorType: `custom:${kind}`,
      public: true,
      payload: Buffer.from(asked),
    });
    const taskId = await tasks.create({ functionId, executor: kind });
    await tasks.invoke(taskId);
    return text((await tasks.result(taskId)).returnValue);
  }

  it('that the operator has listed gets tasks for what it announces', async () => {
    const complaints = await attach(platform, listed, shouting('shout'));
    expect(await shout()).toBe('HELLO');
    expect(complaints).toEqual([]);
  });

  it('keeps its other tasks when a result is longer than a message', async () => {
    const complaints = await attach(platform, listed, shouting('shout'));
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
    const complaints = await attach(platform, others, shouting('whisper'));
    await expect.poll(() => complaints.length).toBeGreaterThan(1);
    // Whoever could run it never came, for as long as the platform waits for anybody.
    await expect(shout('hello', 'whisper')).rejects.toThrow(
      'function not available: (custom:whisper, whisper)',
    );
  });
});

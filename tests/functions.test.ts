/** Every built-in function once through the whole platform, on encrypted inputs, by its catalogue example. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { catalogue, exampleOptions } from '@gaiwan/catalogue';
import { builtinFunction, fileSigner, type Gaiwan } from '@gaiwan/client';
import type { FileKey } from '@gaiwan/files';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gaiwan } from '../packages/cli/src/testing/run.ts';
import { TestPlatform } from './support/platform.ts';
import { approve, freshKey, schemes } from './support/three-banks.ts';

let platform: TestPlatform;
let vendor: Gaiwan;
let alice: Gaiwan;
beforeAll(async () => {
  platform = await TestPlatform.start();
  vendor = await platform.user('vendor', 'FunctionOwner', '');
  alice = await platform.user('alice');
});
afterAll(async () => platform.stop());

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
    const run = async (command: string) => {
      const ended = await gaiwan([...command.split(' '), '--json'], { env });
      expect(ended.code, ended.stderr).toBe(0);
      return JSON.parse(ended.stdout.toString()) as Record<string, string>;
    };
    const where = `--authentication ${platform.authentication} --frontend ${platform.frontend}`;
    const trust = `--simulation ${platform.machine} --policy ${platform.policy}`;
    await run(`login ${where} ${trust} --user vendor`);
    const name = 'builtin-private-set-intersect';
    const { functionId } = await run(
      `functions register --name ${name} --public --parties 2 --optional-argument result`,
    );
    expect(await run(`functions show ${functionId}`)).toMatchObject({
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
    await run(
      `tasks assign ${taskId} --input input_data0=${ids['first']} --input input_data1=${ids['second']}`,
    );
    await approve(alice, taskId ?? '');
    await run(`tasks invoke ${taskId}`);
    const result = await gaiwan(['tasks', 'result', taskId ?? ''], { env });
    expect(result.stdout.toString()).toContain('1 common items');
  });
});

/** Two parties of Teaclave's: encrypted files on a file server, a join, an output for each, and what every step is answered. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestPlatform } from '../support/platform.ts';
import { clients, Drivers } from './support/drivers.ts';
import { Person } from './support/people.ts';

const TAG = 16;
/** Teaclave authenticates eight zeros beside the content. */
const AAD = Buffer.alloc(8);
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

/** As Teaclave's tests have one: GET gives a file, PUT stores it and answers 200. */
const files = new Map<string, Buffer>();
const server = createServer((request, response) => {
  const name = request.url ?? '';
  if (request.method === 'PUT') {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      files.set(name, Buffer.concat(chunks));
      response.end();
    });
    return;
  }
  const file = files.get(name);
  response.statusCode = file ? 200 : 404;
  response.end(file);
});

class Key {
  readonly #schema: 'aes-gcm-128' | 'aes-gcm-256';
  readonly #key: Uint8Array;
  readonly #iv = randomBytes(12);

  constructor(bits: 128 | 256) {
    this.#schema = `aes-gcm-${bits}`;
    this.#key = randomBytes(bits / 8);
  }

  get cryptoInfo() {
    return { schema: this.#schema, key: base64(this.#key), iv: base64(this.#iv) };
  }

  encrypt(text: string): Buffer {
    const cipher = createCipheriv(
      this.#schema === 'aes-gcm-128' ? 'aes-128-gcm' : 'aes-256-gcm',
      this.#key,
      this.#iv,
    );
    cipher.setAAD(AAD);
    return Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()]);
  }

  decrypt(bytes: Buffer): string {
    const cipher = createDecipheriv(
      this.#schema === 'aes-gcm-128' ? 'aes-128-gcm' : 'aes-256-gcm',
      this.#key,
      this.#iv,
    );
    cipher.setAAD(AAD);
    cipher.setAuthTag(bytes.subarray(-TAG));
    return Buffer.concat([cipher.update(bytes.subarray(0, -TAG)), cipher.final()]).toString();
  }
}

let platform: TestPlatform;
let origin: string;
const drivers = new Drivers();
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  platform = await TestPlatform.start(['--allow-url', origin, '--executors', 'builtin']);
});
afterAll(async () => {
  await drivers.dispose();
  await platform.stop();
  server.close();
});

describe.each(clients)('two parties with clients of %s', (client) => {
  it('join their files, and each gets the result under its own key', async () => {
    const driver = drivers.open(client, platform);
    const admin = new Person(driver, 'admin');
    await admin.login();
    const rows = ['apple : 3\npear : 4\nplum : 5', 'pear : 10\nplum : 20\nfig : 30'];
    const parties = await Promise.all(
      [0, 1].map((n) => admin.register(`party${n}.${client}`, 'DataOwner', client)),
    );
    const [first, second] = parties as [Person, Person];
    const slot = (kind: string, n: number) => `${kind}_data${n}`;
    const slots = (kind: string) => [0, 1].map((n) => ({ name: slot(kind, n) }));
    const functionId = await admin.idOf('RegisterFunction', 'functionId', {
      name: 'builtin-private-join-and-compute',
      executorType: 'builtin',
      public: true,
      arguments: [{ key: 'num_user', allowOverwrite: true }],
      inputs: slots('input'),
      outputs: slots('output'),
      usageQuota: -1,
    });
    const owners = (kind: string) => parties.map(({ id }, n) => ({ dataName: slot(kind, n), uids: [id] }));
    const taskId = await first.idOf('CreateTask', 'taskId', {
      functionId,
      functionArguments: '{"num_user": 2}',
      executor: 'builtin',
      inputsOwnership: owners('input'),
      outputsOwnership: owners('output'),
    });
    const outputs: { readonly id: string; readonly key: Key; readonly path: string }[] = [];
    for (const [n, party] of parties.entries()) {
      const [inputKey, key] = [new Key(n === 0 ? 128 : 256), new Key(n === 0 ? 256 : 128)];
      const encrypted = inputKey.encrypt(rows[n] ?? '');
      const [inputPath, path] = [`/${client}/in${n}.enc`, `/${client}/out${n}.enc`];
      files.set(inputPath, encrypted);
      const input = await party.idOf('RegisterInputFile', 'dataId', {
        url: origin + inputPath,
        cmac: base64(encrypted.subarray(-TAG)),
        cryptoInfo: inputKey.cryptoInfo,
      });
      const output = await party.idOf('RegisterOutputFile', 'dataId', {
        url: origin + path,
        cryptoInfo: key.cryptoInfo,
      });
      const early = await first.ask('TeaclaveFrontend', 'InvokeTask', { taskId });
      expect(early).toMatchObject({ code: 2, text: 'failed to invoke task' });
      await party.get('AssignData', {
        taskId,
        inputs: [{ dataName: slot('input', n), dataId: input }],
        outputs: [{ dataName: slot('output', n), dataId: output }],
      });
      outputs.push({ id: output, key, path });
    }
    for (const party of parties) await party.get('ApproveTask', { taskId });
    expect(await second.ask('TeaclaveFrontend', 'InvokeTask', { taskId })).toMatchObject({ code: 7 });
    await first.get('InvokeTask', { taskId });
    await expect.poll(async () => (await second.get('GetTask', { taskId }))['status']).toBe('Finished');
    const { result } = await second.get('GetTask', { taskId });
    const { Ok, Err } = result as {
      Ok?: { returnValue: string; tagsMap: Record<string, string> };
      Err?: unknown;
    };
    expect(Err).toBeUndefined();
    expect(Buffer.from(Ok?.returnValue ?? '', 'base64').toString()).toBe('2 users join the task in total.');
    for (const [n, { id, key, path }] of outputs.entries()) {
      const written = files.get(path) ?? Buffer.alloc(0);
      expect(key.decrypt(written).trim()).toBe('pear, 14\nplum, 25');
      const tag = base64(written.subarray(-TAG));
      expect(Ok?.tagsMap[slot('output', n)]).toBe(tag);
      const owner = parties[n] ?? expect.fail();
      expect(await owner.get('GetOutputFile', { dataId: id })).toEqual({ owner: [owner.id], cmac: tag });
      // What one task has written is another's input, of the same UUID each time.
      for (const _ of [1, 2])
        expect(await owner.idOf('RegisterInputFromOutput', 'dataId', { dataId: id })).toBe(
          id.replace('output', 'input'),
        );
    }
  });

  it('get a function’s use back for what was cancelled before anybody could run it', async () => {
    const driver = drivers.open(client, platform);
    const admin = new Person(driver, 'admin');
    await admin.login();
    // No worker of this platform has the executor.
    const functionId = await admin.idOf('RegisterFunction', 'functionId', {
      name: 'f',
      executorType: 'javascript',
      public: true,
      usageQuota: 1,
    });
    const usage = async () => (await admin.get('GetFunctionUsageStats', { functionId }))['currentUsage'] ?? 0;
    for (const _ of [1, 2]) {
      const taskId = await admin.idOf('CreateTask', 'taskId', {
        functionId,
        functionArguments: '{}',
        executor: 'javascript',
      });
      await admin.get('InvokeTask', { taskId });
      // Where it has ended by itself meanwhile, as nobody can run it, that has the same effect.
      await admin.ask('TeaclaveFrontend', 'CancelTask', { taskId });
      expect(await usage()).toBe(0);
    }
  });
});

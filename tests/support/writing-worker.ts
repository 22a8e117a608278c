/** A worker in the test's process that writes the output of each task as the test says, and a person with tasks for it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Gaiwan } from '@gaiwan/client';
import { type Executor, Stager } from '@gaiwan/executors';
import type { FileKey } from '@gaiwan/files';
import { simulatedRegisters } from '@gaiwan/trust';
import { TestPlatform, type TestPlatformOptions } from './platform.ts';
import { freshKey } from './three-banks.ts';

const KIND = 'write';
/** What its evidence says that it is. */
export const listed = { bundle: '11'.repeat(32), configuration: '22'.repeat(32) };

/** A platform whose tasks are all done by workers that the test attaches (`attach`, as `listed`). */
export async function startWithListed(
  options: TestPlatformOptions = {},
  flags: readonly string[] = [],
): Promise<TestPlatform> {
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-policy-'));
  try {
    const policy = join(folder, 'worker.json');
    writeFileSync(policy, JSON.stringify({ measurements: [simulatedRegisters(listed)] }));
    return await TestPlatform.start(['--workers', '0', '--worker-policy', policy, ...flags], options);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes the code of the function as its output; fails where that is empty. `before`: waited for in each run. */
export const writing = (before: () => Promise<void> = () => Promise.resolve()): Executor => ({
  name: KIND,
  layers: [],
  pairs: [`custom:${KIND}/${KIND}`],
  slots: 2,
  async run({ payload, outputs, folder }) {
    await before();
    const text = Buffer.from(payload).toString();
    if (text === 'fail') throw new Error('as asked');
    const staged = outputs.map((name) => {
      const stager = new Stager(folder);
      stager.write(Buffer.from(text));
      return [name, stager.finish()] as const;
    });
    return { returnValue: Buffer.from(text), log: [], outputs: Object.fromEntries(staged) };
  },
  close: () => Promise.resolve(),
});

/** An output, and who looks into it. */
export interface Place {
  readonly id: string;
  readonly key: FileKey;
}

export class Writer {
  readonly #vendor: Gaiwan;
  readonly #name: string;
  readonly #folder: string;
  readonly client: Gaiwan;

  private constructor(
    people: { readonly vendor: Gaiwan; readonly client: Gaiwan },
    name: string,
    folder: string,
  ) {
    this.#vendor = people.vendor;
    this.client = people.client;
    this.#name = name;
    this.#folder = folder;
  }

  static async arrive(platform: TestPlatform, name: string): Promise<Writer> {
    const vendor = await platform.user(`vendor-of-${name}`, 'FunctionOwner', '');
    return new Writer({ vendor, client: await platform.user(name) }, name, platform.folder);
  }

  async place(scheme: FileKey['scheme'] = 'teaclave-file-128'): Promise<Place> {
    const key = freshKey(scheme);
    return { key, id: await this.client.data.createOutput({ name: 'out.enc', key }) };
  }

  /** A task that would write `text` into the output, or without one only return it; not invoked. */
  async task(text: string, place?: Place): Promise<string> {
    const functionId = await this.#vendor.functions.register({
      name: 'f',
      executorType: `custom:${KIND}`,
      public: true,
      payload: Buffer.from(text),
      ...(place && { outputs: [{ name: 'out' }] }),
    });
    const { tasks } = this.client;
    const outputs = place && { out: [this.#name] };
    const taskId = await tasks.create({ functionId, executor: KIND, ...(outputs && { outputs }) });
    if (place) await tasks.assign(taskId, { outputs: { out: place.id } });
    return taskId;
  }

  /** Its text. */
  async read({ id, key }: Place): Promise<string> {
    const path = join(this.#folder, `${id}.out`);
    await this.client.data.download(id, path, key);
    const text = readFileSync(path, 'utf8');
    rmSync(path);
    return text;
  }
}

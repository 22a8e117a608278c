/**
 * A party's part of a task, in one go: keys, encryption, upload, registration, a place for each output, and all of it into its slots. What
 * has been done is kept in the ring before and after each step, so that whoever was interrupted says the same again and goes on.
 */
import { randomBytes } from 'node:crypto';
import { fileCommitment, type Gaiwan, type Task } from '@gaiwan/client';
import { dictionary, systemCode } from '@gaiwan/errors';
import type { FileKey } from '@gaiwan/files';
import { hex } from '../context.ts';
import { CliError } from '../errors.ts';
import type { SlotKeys, SlotRecord, TaskKeys, TaskRecord } from '../ring/record.ts';
import type { Ring } from '../ring/ring.ts';
import { fileSha256 } from './file-hash.ts';

const SCHEME = 'aes-gcm-256';
const KEY_BYTES = 32;
const IV_BYTES = 12;

export interface JoinPlan {
  readonly task: Task;
  /** What the ring should have; slots without anything done are filled in here. */
  readonly record: TaskRecord;
  /** Absolute path by input slot. */
  readonly files: Readonly<Record<string, string>>;
  /** Slots of outputs. */
  readonly outputs: readonly string[];
  readonly onProgress?: (phase: 'encrypt' | 'upload', done: number, total: number | undefined) => void;
}

type Kind = 'inputs' | 'outputs';

export class Join {
  readonly #client: Gaiwan;
  readonly #ring: Ring;
  readonly #plan: JoinPlan;
  #record: TaskRecord;

  constructor(client: Gaiwan, ring: Ring, plan: JoinPlan) {
    this.#client = client;
    this.#ring = ring;
    this.#plan = plan;
    this.#record = plan.record;
  }

  /** What is known by now. */
  get record(): TaskRecord {
    return this.#record;
  }

  /** Rejects with `CliError`, `GaiwanError` or `FilesError`; saying the same again goes on. */
  async run(): Promise<TaskRecord> {
    const { files, outputs, task } = this.#plan;
    const keys = await this.#keys();
    for (const [slot, path] of Object.entries(files)) await this.#input(slot, path, keyOf(keys.inputs, slot));
    for (const slot of outputs) await this.#output(slot, keyOf(keys.outputs, slot));
    const todo = { inputs: this.#unassigned('inputs', task), outputs: this.#unassigned('outputs', task) };
    if (Object.keys(todo.inputs).length + Object.keys(todo.outputs).length > 0)
      await this.#client.tasks.assign(task.taskId, todo);
    return this.#record;
  }

  /**
   * One for each slot, made and sealed before any of them is used. A key under which no content was fixed by its tag is made anew: a copy of
   * the ring may have used it for another file.
   */
  async #keys(): Promise<TaskKeys> {
    const { files, outputs, task } = this.#plan;
    if (this.#record.sealed !== undefined) {
      const keys = await this.#ring.keys(this.#record);
      const unused = Object.entries(this.#record.inputs).flatMap(([slot, { tag }]) =>
        tag === undefined ? [slot] : [],
      );
      if (unused.length === 0) return keys;
      const renewed = { ...keys, inputs: { ...keys.inputs, ...fresh(unused) } };
      this.#record = await this.#ring.keep(this.#record, renewed);
      return renewed;
    }
    const named = (kind: Kind, slots: readonly string[]) =>
      // No other data of the user is called so: by it, what was registered is found again.
      dictionary(
        slots.map((slot, index) => [slot, { name: `${task.taskId}-${kind}-${index}.enc` }] as const),
      );
    const inputs = Object.keys(files);
    const record = { ...this.#record, inputs: named('inputs', inputs), outputs: named('outputs', outputs) };
    const keys = { inputs: fresh(inputs), outputs: fresh(outputs) };
    this.#record = await this.#ring.keep(record, keys);
    return keys;
  }

  async #input(slot: string, path: string, key: FileKey): Promise<void> {
    const before = this.#slot('inputs', slot);
    const sha256 = await fileSha256(path);
    if (before.sha256 !== undefined && before.sha256 !== sha256) throw changed(path, slot);
    if (before.dataId !== undefined) return;
    const found = before.tag === undefined ? undefined : await this.#registered(before);
    if (found !== undefined) return this.#registeredAs('inputs', slot, { dataId: found, key });
    this.#set('inputs', slot, { path, sha256 });
    const { dataId, url } = await this.#client.data.encryptAndUpload({
      path,
      name: before.name,
      key,
      ...(this.#plan.onProgress && { onProgress: this.#plan.onProgress }),
      resume: before.url,
      // Another content under this key and IV would give both away. The tag tells, and nothing has been sent by then.
      onEncrypted: ({ tag, plaintextSize }) => {
        if (before.tag !== undefined && before.tag !== hex(tag)) throw changed(path, slot);
        this.#set('inputs', slot, { tag: hex(tag), bytes: plaintextSize });
      },
      onUrl: (begun) => this.#set('inputs', slot, { url: begun }),
    });
    this.#set('inputs', slot, { url });
    this.#registeredAs('inputs', slot, { dataId, key });
  }

  async #output(slot: string, key: FileKey): Promise<void> {
    const before = this.#slot('outputs', slot);
    if (before.dataId !== undefined) return;
    const found = before.url === undefined ? undefined : await this.#registered(before);
    if (found !== undefined) return this.#registeredAs('outputs', slot, { dataId: found, key });
    const dataId = await this.#place(slot, key);
    this.#registeredAs('outputs', slot, { dataId, key });
  }

  /** At the place that is reserved already, unless the platform has forgotten it. */
  async #place(slot: string, key: FileKey): Promise<string> {
    const { url } = this.#slot('outputs', slot);
    if (url !== undefined) {
      try {
        return await this.#client.data.registerOutput({ url, key });
      } catch (error) {
        if (systemCode(error) !== 'unknown-blob') throw error;
      }
    }
    const reserved = await this.#client.data.reserveOutput(this.#slot('outputs', slot).name);
    this.#set('outputs', slot, { url: reserved });
    return this.#client.data.registerOutput({ url: reserved, key });
  }

  /** Was it registered, and the answer lost? */
  async #registered({ name, tag = '' }: SlotRecord): Promise<string | undefined> {
    for await (const item of this.#client.data.listAll())
      if (item.name === name && hex(item.tag) === tag) return item.dataId;
    return undefined;
  }

  #registeredAs(
    kind: Kind,
    slot: string,
    { dataId, key }: { readonly dataId: string; readonly key: FileKey },
  ): void {
    const { url = '' } = this.#slot(kind, slot);
    this.#set(kind, slot, { dataId, commitment: fileCommitment({ url, key }) });
  }

  /** What is not in its slot yet. Throws `CliError` (slot-in-use) where something else is. */
  #unassigned(kind: Kind, { assigned, taskId }: Task): Record<string, string> {
    const own = Object.entries(this.#record[kind]).flatMap(([slot, { dataId }]) => {
      const there = Object.hasOwn(assigned[kind], slot) ? assigned[kind][slot] : undefined;
      if (there !== undefined && there !== dataId) throw inUse(taskId, slot, there);
      return dataId === undefined || there === dataId ? [] : [[slot, dataId] as const];
    });
    return dictionary(own);
  }

  #slot(kind: Kind, slot: string): SlotRecord {
    const own = this.#record[kind];
    const found = Object.hasOwn(own, slot) ? own[slot] : undefined;
    if (found) return found;
    throw new CliError(
      'slot-in-use',
      `You joined ${this.#record.task} without ${slot}: begin anew with --discard, or assign it with gaiwan tasks assign.`,
    );
  }

  #set(kind: Kind, slot: string, more: Partial<SlotRecord>): void {
    const own = { ...this.#record[kind], [slot]: { ...this.#slot(kind, slot), ...more } };
    this.#record = { ...this.#record, [kind]: own };
    this.#ring.save(this.#record);
  }
}

const fresh = (slots: readonly string[]): SlotKeys =>
  dictionary(
    slots.map(
      (slot) => [slot, { key: hex(randomBytes(KEY_BYTES)), iv: hex(randomBytes(IV_BYTES)) }] as const,
    ),
  );

export const inUse = (taskId: string, slot: string, there: string): CliError =>
  new CliError(
    'slot-in-use',
    `${slot} of ${taskId} has ${there} already, which this key ring did not put there.`,
  );

const changed = (path: string, slot: string): CliError =>
  new CliError('file-changed', `${path} is not what it was when you began to join with it as ${slot}.`);

/** Throws `CliError` (slot-in-use) for a slot that no key was made for. */
export function keyOf(keys: SlotKeys, slot: string): FileKey {
  const found = Object.hasOwn(keys, slot) ? keys[slot] : undefined;
  if (!found) throw new CliError('ring-lost', `Your key ring has no key for ${slot}.`);
  const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));
  return { scheme: SCHEME, key: bytes(found.key), iv: bytes(found.iv) };
}

/** What is on the platform of an unfinished join, for a person. */
export function leftOf({ inputs, outputs }: TaskRecord): string[] {
  return [...Object.entries(inputs), ...Object.entries(outputs)].flatMap(([slot, { url, dataId, tag }]) => {
    if (dataId !== undefined) return [`${dataId} (${slot}, registered)`];
    if (url !== undefined) return [`${url} (${slot}, not registered: forgotten after a day)`];
    return tag === undefined ? [] : [`perhaps an upload that was begun (${slot}: forgotten after a day)`];
  });
}

/** Takes an unfinished join back: what is on the platform, then what the ring has. Rejects with `GaiwanError` where a task needs it. */
export async function discardJoin(client: Gaiwan, ring: Ring, record: TaskRecord): Promise<void> {
  for (const { dataId, url } of [...Object.values(record.inputs), ...Object.values(record.outputs)]) {
    if (dataId !== undefined) await client.data.delete(dataId).catch(unlessGone);
    else if (url !== undefined) await client.data.discardUpload(url).catch(unlessGone);
  }
  const { sealed: _, ...known } = record;
  ring.save({ ...known, inputs: {}, outputs: {} });
}

/** Of an upload that is complete, or a place that was reserved, the platform forgets by itself. */
function unlessGone(error: unknown): void {
  if (!['unknown-blob', 'unknown-data', 'data-deleted', 'upload-complete'].includes(systemCode(error) ?? ''))
    throw error;
}

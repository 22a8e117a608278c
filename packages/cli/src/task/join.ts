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
import type { InputFile } from '../input-file.ts';
import type { SlotKeys, SlotRecord, TaskKeys, TaskRecord } from '../ring/record.ts';
import type { Ring } from '../ring/ring.ts';

const SCHEME = 'aes-gcm-256';
const KEY_BYTES = 32;
const IV_BYTES = 12;

export interface JoinPlan {
  readonly task: Task;
  /** What the ring should have; slots without anything done are filled in here. */
  readonly record: TaskRecord;
  /** By input slot, as they were looked at. */
  readonly files: Readonly<Record<string, InputFile>>;
  /** Slots of outputs. */
  readonly outputs: readonly string[];
  /** Files that are other ones than before take the place of what was handed in. */
  readonly replace: boolean;
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

  /** Input slots whose data this run has replaced in the task. */
  readonly replaced: string[] = [];

  /** What is known by now. */
  get record(): TaskRecord {
    return this.#record;
  }

  /** Rejects with `CliError`, `GaiwanError` or `FilesError`; saying the same again goes on. */
  async run(): Promise<TaskRecord> {
    const { files, outputs, replace } = this.#plan;
    if (replace) await this.#beginReplacements();
    const keys = await this.#keys();
    for (const [slot, file] of Object.entries(files)) await this.#input(slot, file, keyOf(keys.inputs, slot));
    for (const slot of outputs) await this.#output(slot, keyOf(keys.outputs, slot));
    await this.#putIntoSlots();
    await this.#releaseFormer();
    return this.#record;
  }

  async #putIntoSlots(): Promise<void> {
    const { taskId } = this.#plan.task;
    const [inputs, outputs] = [this.#toAssign('inputs'), this.#toAssign('outputs')];
    const assigned = { inputs: inputs.empty, outputs: outputs.empty };
    if (Object.keys(inputs.former).length > 0) {
      await this.#client.tasks.replaceData(taskId, { inputs: inputs.former });
      this.replaced.push(...Object.keys(inputs.former));
    }
    if (Object.keys(inputs.empty).length + Object.keys(outputs.empty).length > 0)
      await this.#client.tasks.assign(taskId, assigned);
  }

  /** Slots whose file is another one get another key. What was handed in stays in the task until the new data take its place. */
  async #beginReplacements(): Promise<void> {
    if (this.#record.sealed === undefined) return;
    const others = Object.entries(this.#plan.files).filter(([slot, { sha256 }]) => {
      const before = this.#slot('inputs', slot).sha256;
      return before !== undefined && before !== sha256;
    });
    for (const [slot] of others) {
      const { name, dataId, url, former } = this.#slot('inputs', slot);
      const isInTask = dataId !== undefined && this.#isInTask(slot, dataId);
      // What an interrupted replacement has left, and is replaced itself now.
      const left = former === undefined ? undefined : isInTask ? former : dataId;
      if (left !== undefined) await this.#client.data.delete(left).catch(unlessGone);
      if (dataId === undefined && url !== undefined)
        await this.#client.data.discardUpload(url).catch(unlessGone);
      const next = { name, former: isInTask ? dataId : (former ?? dataId) };
      const inputs = { ...this.#record.inputs, [slot]: next };
      // The key is renewed by `#keys`, as of each slot without a tag.
      this.#record = { ...this.#record, inputs };
      this.#ring.save(this.#record);
    }
  }

  #isInTask(slot: string, dataId: string): boolean {
    const { inputs } = this.#plan.task.assigned;
    return Object.hasOwn(inputs, slot) && inputs[slot] === dataId;
  }

  async #releaseFormer(): Promise<void> {
    for (const [slot, { former }] of Object.entries(this.#record.inputs)) {
      if (former === undefined) continue;
      await this.#client.data.delete(former).catch((error: unknown) => {
        // The person has given it to another task, too: it stays.
        if (systemCode(error) !== 'data-needed') unlessGone(error);
      });
      this.#set('inputs', slot, { former: undefined });
    }
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

  async #input(slot: string, { path, sha256 }: InputFile, key: FileKey): Promise<void> {
    const before = this.#slot('inputs', slot);
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
      onEncrypted: ({ tag, plaintextSize, sha256: encrypted }) => {
        if (encrypted !== sha256) throw changing(path);
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

  /** What is not in its slot yet, by whether the slot is empty or has what is to be replaced. Throws `CliError` (slot-in-use) where something else is. */
  #toAssign(kind: Kind): Readonly<Record<'empty' | 'former', Record<string, string>>> {
    const { assigned, taskId } = this.#plan.task;
    const found = { empty: dictionary<string>(), former: dictionary<string>() };
    for (const [slot, { dataId, former }] of Object.entries(this.#record[kind])) {
      const there = Object.hasOwn(assigned[kind], slot) ? assigned[kind][slot] : undefined;
      if (dataId === undefined || there === dataId) continue;
      if (there !== undefined && there !== former) throw inUse(taskId, slot, there);
      found[there === undefined ? 'empty' : 'former'][slot] = dataId;
    }
    return found;
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

const changing = (path: string): CliError =>
  new CliError(
    'file-changed',
    `${path} was changed while it was encrypted: its columns were looked at before. Nothing of it was sent.`,
  );

/** Throws `CliError` (slot-in-use) for a slot that no key was made for. */
export function keyOf(keys: SlotKeys, slot: string): FileKey {
  const found = Object.hasOwn(keys, slot) ? keys[slot] : undefined;
  if (!found) throw new CliError('ring-lost', `Your key ring has no key for ${slot}.`);
  const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));
  return { scheme: SCHEME, key: bytes(found.key), iv: bytes(found.iv) };
}

/** What is on the platform of an unfinished join, for a person. */
export function leftOf({ inputs, outputs }: TaskRecord): string[] {
  const files = Object.entries(inputs).flatMap(([slot, { url, dataId, tag, former }]) => [
    ...(former === undefined ? [] : [`${former} (${slot}, as it was before)`]),
    ...(dataId !== undefined
      ? [`${dataId} (${slot}, registered)`]
      : url !== undefined
        ? [`${url} (${slot}, not registered: it is forgotten after a day, unless all of it has arrived)`]
        : tag === undefined
          ? []
          : [`perhaps an upload that was begun (${slot}: forgotten after a day)`]),
  ]);
  const places = Object.entries(outputs).flatMap(([slot, { url, dataId }]) => {
    if (dataId !== undefined) return [`${dataId} (${slot}, registered)`];
    return url === undefined ? [] : [`${url} (${slot}, reserved)`];
  });
  return [...files, ...places];
}

/** Takes an unfinished join back: what is on the platform, then what the ring has. Rejects with `GaiwanError` where a task needs it. */
export async function discardJoin(client: Gaiwan, ring: Ring, record: TaskRecord): Promise<void> {
  for (const { dataId, url, former } of [...Object.values(record.inputs), ...Object.values(record.outputs)]) {
    if (former !== undefined) await client.data.delete(former).catch(unlessGone);
    if (dataId !== undefined) await client.data.delete(dataId).catch(unlessGone);
    else if (url !== undefined) await client.data.discardUpload(url).catch(unlessGone);
  }
  const { sealed: _, ...known } = record;
  ring.save({ ...known, inputs: {}, outputs: {} });
}

function unlessGone(error: unknown): void {
  if (!['unknown-blob', 'unknown-data', 'data-deleted'].includes(systemCode(error) ?? '')) throw error;
}

/** Keys and IVs of the tasks that a user takes part in, on this machine: a folder for each user of each instance, a file for each task. */
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '@gaiwan/errors';
import { configFolder } from '../config-folder.ts';
import type { Context } from '../context.ts';
import { CliError } from '../errors.ts';
import { limits } from '../limits.ts';
import { givenSecret } from '../terminal/secrets.ts';
import { damaged, type Header, makeHeader, type Owner, openHeader, parseHeader } from './header.ts';
import type { KeyStoreKind } from './key-store.ts';
import { withLock } from './lock.ts';
import { readPassphrase } from './passphrase.ts';
import { readPrivate, writePrivate } from './private-file.ts';
import { openKeys, parseRecord, recordText, sealKeys, type TaskKeys, type TaskRecord } from './record.ts';
import { forget, keyStoreOf, remember, remembered } from './remembered.ts';

const HEADER = 'ring.json';
const TASK_FILE = /^(task-[0-9a-f-]{36})\.json$/;
const TASK = /^task-[0-9a-f-]{36}$/;

/** Of a ring's task, and what is wrong with it. */
export interface DamagedFile {
  readonly task: string;
  readonly why: string;
}

export interface RingRecords {
  readonly tasks: readonly TaskRecord[];
  readonly damaged: readonly DamagedFile[];
}

export class Ring {
  readonly owner: Owner;
  readonly #env: Context['env'];
  readonly #context: Context;
  #key: Uint8Array | undefined;

  constructor(context: Context, owner: Owner) {
    this.owner = owner;
    this.#context = context;
    this.#env = context.env;
  }

  get folder(): string {
    const { instance, user } = this.owner;
    return join(ringsFolder(this.#env), instance, encodeURIComponent(user));
  }

  /** Undefined where there is none yet. Throws `CliError` (ring-foreign, ring-damaged). */
  header(): Header | undefined {
    const path = join(this.folder, HEADER);
    const text = readPrivate(path, limits.ringHeader.value);
    if (text === undefined) return undefined;
    const header = parseHeader(jsonOf(text, path), path);
    this.#requireOwner(header, path);
    return header;
  }

  /** All tasks. Nothing of it is secret, and no passphrase is asked for. A file that cannot be used keeps no other. Throws `CliError` (io). */
  records(): RingRecords {
    const tasks: TaskRecord[] = [];
    const damaged: DamagedFile[] = [];
    for (const file of filesIn(this.folder)) {
      const task = TASK_FILE.exec(file)?.[1];
      if (task === undefined) continue;
      try {
        const record = this.record(task);
        if (record) tasks.push(record);
      } catch (error) {
        if (!(error instanceof CliError)) throw error;
        damaged.push({ task, why: error.message });
      }
    }
    return { tasks, damaged };
  }

  /** One command at a time for a task. Rejects with `CliError` (ring-busy). */
  whileLocked<T>(task: string, action: () => Promise<T>): Promise<T> {
    this.#path(task);
    return withLock(this.folder, task, action);
  }

  /** Of one task; undefined where there is nothing. Throws `CliError` (ring-foreign, ring-damaged). */
  record(task: string): TaskRecord | undefined {
    const path = this.#path(task);
    const text = readPrivate(path, limits.ringTask.value);
    if (text === undefined) return undefined;
    const record = parseRecord(text, path);
    this.#requireOwner(record, path);
    if (record.task !== task) throw damaged(path);
    return record;
  }

  /** Puts what cannot be used out of the way: it stays beside, for whoever may still read something in it. */
  setAside(task: string): void {
    renameSync(this.#path(task), `${this.#path(task)}.damaged`);
  }

  /** Takes the place of a header that is absent or damaged. */
  restoreHeader(header: Header): void {
    const path = join(this.folder, HEADER);
    if (existsSync(path)) renameSync(path, `${path}.damaged`);
    writePrivate(path, headerText(header), { isNew: true });
  }

  /** Are the keys of this record sealed by this ring? Asks for the passphrase. Rejects with `CliError` (ring-locked, ring-lost). */
  async seals(record: TaskRecord): Promise<boolean> {
    const key = await this.#open(false);
    try {
      return openKeys(key, record) !== undefined;
    } catch (error) {
      if (error instanceof CliError && error.code === 'ring-damaged') return false;
      throw error;
    }
  }

  save(record: TaskRecord): void {
    writePrivate(this.#path(record.task), recordText(record));
  }

  forget(task: string): void {
    rmSync(this.#path(task), { force: true });
  }

  /** With these keys sealed in it, and kept. Asks for the passphrase; makes the ring where there is none. */
  async keep(record: TaskRecord, keys: TaskKeys): Promise<TaskRecord> {
    const sealed = sealKeys(await this.#open(true), record, keys);
    this.save(sealed);
    return sealed;
  }

  /** Asks for the passphrase. Rejects with `CliError` (ring-locked, ring-lost, ring-damaged). */
  async keys(record: TaskRecord): Promise<TaskKeys> {
    const keys = openKeys(await this.#open(false), record);
    if (keys) return keys;
    throw lost(`Your key ring on this machine has no keys for ${record.task}`, this.folder);
  }

  /** Under another passphrase. */
  async changePassphrase(): Promise<void> {
    const key = await this.#open(false);
    const passphrase = await readPassphrase(this.#context, {
      isNew: true,
      variable: 'GAIWAN_NEW_RING_PASSPHRASE',
    });
    const { header } = await makeHeader(this.owner, passphrase, key);
    writePrivate(join(this.folder, HEADER), headerText(header));
    const kind = keyStoreOf(this.folder);
    if (kind !== undefined) await remember(this.#place(), kind, passphrase);
  }

  /** From the environment, else from the system's key store where that has it, else from the person. */
  async #passphrase(): Promise<string> {
    const given = givenSecret(this.#env, { variable: 'GAIWAN_RING_PASSPHRASE' });
    if (given !== undefined) return given;
    const kept = await remembered(this.#context, this);
    return kept ?? readPassphrase(this.#context, { isNew: false });
  }

  /** Keeps the passphrase, once it has opened the ring, in the system's key store. Rejects with `CliError` (no-key-store, ring-locked, ring-lost). */
  async remember(kind: KeyStoreKind): Promise<void> {
    const header = this.header();
    if (!header) throw lost(`There is no key ring of ${this.owner.user} yet: join a task first`, this.folder);
    const passphrase = await this.#passphrase();
    this.#key = await openHeader(header, passphrase);
    await forget(this.#place());
    await remember(this.#place(), kind, passphrase);
  }

  /** False where nothing was remembered. */
  forgetPassphrase(): Promise<boolean> {
    return forget(this.#place());
  }

  #place() {
    return { env: this.#env, folder: this.folder, owner: this.owner };
  }

  async #open(make: boolean): Promise<Uint8Array> {
    if (this.#key) return this.#key;
    const header = this.header();
    if (header) {
      this.#key = await openHeader(header, await this.#passphrase());
      return this.#key;
    }
    if (!make)
      throw lost(`There is no key ring of ${this.owner.user} for this platform on this machine`, this.folder);
    const { tasks, damaged: unread } = this.records();
    if (unread.length > 0 || tasks.some(({ sealed }) => sealed !== undefined))
      throw new CliError(
        'ring-lost',
        `${join(this.folder, HEADER)} is gone, and with it the key of what the ring has.`,
      );
    const passphrase = await readPassphrase(this.#context, { isNew: true });
    const made = await makeHeader(this.owner, passphrase);
    try {
      writePrivate(join(this.folder, HEADER), headerText(made.header), { isNew: true });
      this.#key = made.key;
    } catch (error) {
      // Another command has made it meanwhile: its ring is the ring.
      const first = this.header();
      if (!first) throw error;
      this.#key = await openHeader(first, passphrase);
    }
    return this.#key;
  }

  #path(task: string): string {
    if (!TASK.test(task)) throw new CliError('unknown-name', `${JSON.stringify(task)} is no task's id.`);
    return join(this.folder, `${task}.json`);
  }

  #requireOwner({ instance, user }: Owner, path: string): void {
    if (instance === this.owner.instance && user === this.owner.user) return;
    throw new CliError(
      'ring-foreign',
      `${path} belongs to ${user} at the instance ${instance}; you are ${this.owner.user} at ${this.owner.instance}.`,
    );
  }
}

export const ringsFolder = (env: Context['env']): string => join(configFolder(env), 'ring');

const headerText = (header: Header): string => `${JSON.stringify(header, null, 2)}\n`;

export function lost(what: string, folder: string): CliError {
  return new CliError('ring-lost', `${what} (${folder}).`);
}

export function jsonOf(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw damaged(path, cause);
  }
}

export function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw new CliError('io', `Cannot read ${folder} (${systemCode(error)}).`);
  }
}

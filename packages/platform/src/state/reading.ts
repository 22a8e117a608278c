/** Records by the ids that untrusted clients name them by: found, or refused in the words of Teaclave's contract. */

import type { Subject } from '@gaiwan/protocol';
import type { Key } from '@gaiwan/store';
import {
  type DataRecord,
  type FunctionRecord,
  type FunctionVersion,
  type IdPrefix,
  keys,
  limits,
  parseId,
  type TaskRecord,
  type UserRecord,
} from '../domain/index.ts';
import { refuse } from '../errors.ts';
import { accountsOf, goneAmong } from './accounts.ts';
import { findDeleted, refuseDeleted } from './deleted.ts';
import type { Reader } from './reader.ts';

/** @throws PlatformError for an id that names nothing. */
export class Reading {
  readonly #from: Reader;
  readonly #for: Subject;

  /** `viewer`: who is told of what was deleted, where it was theirs. */
  constructor(from: Reader, viewer: Subject) {
    this.#from = from;
    this.#for = viewer;
  }

  /** For keys that no client names. */
  record<T>(key: Key): Promise<T | undefined> {
    return this.#from.read<T>(key);
  }

  /** The account that has the name now. */
  async subject(name: string): Promise<Subject | undefined> {
    // Longer ones are no names, and no keys.
    if (name.length > limits.userId.value) return undefined;
    return (await this.#from.read<UserRecord>(keys.user(name)))?.subject;
  }

  /** Those of the accounts that are there, as they are now. */
  accounts(subjects: readonly Subject[]): Promise<UserRecord[]> {
    return accountsOf(this.#from, subjects);
  }

  /** Those of the accounts that are not there any more. */
  gone(subjects: readonly Subject[]): Promise<Subject[]> {
    return goneAmong(this.#from, subjects);
  }

  async data(text: string, ...kinds: readonly IdPrefix[]): Promise<DataRecord> {
    const id = parseId(text, ...kinds);
    const record = id && (await this.#from.read<DataRecord>(keys.data(id)));
    if (record) return record;
    const deleted = id && (await findDeleted(this.#from, id, this.#for));
    if (deleted) throw refuseDeleted('data-deleted', deleted);
    throw refuse('unknown-data', `There is no ${kinds.join(' or ')} "${text.slice(0, 80)}".`);
  }

  async function(text: string): Promise<FunctionRecord> {
    const id = parseId(text, 'function');
    const record = id && (await this.#from.read<FunctionRecord>(keys.function(id)));
    if (!record) throw refuse('unknown-function', `There is no function "${text.slice(0, 80)}".`);
    return record;
  }

  async version(hash: string): Promise<FunctionVersion> {
    const version = await this.#from.read<FunctionVersion>(keys.functionVersion(hash));
    if (!version) throw new Error(`function version ${hash} is missing in the store`);
    return version;
  }

  async task(text: string): Promise<TaskRecord> {
    const id = parseId(text, 'task');
    const record = id && (await this.#from.read<TaskRecord>(keys.task(id)));
    if (record) return record;
    const deleted = id && (await findDeleted(this.#from, id, this.#for));
    if (deleted) throw refuseDeleted('task-deleted', deleted);
    throw refuse('unknown-task', `There is no task "${text.slice(0, 80)}".`);
  }
}

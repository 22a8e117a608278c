/** What a ring has of one task: its name, its description, how far a join has come, and, sealed, the keys. */
import { messageOf } from '@gaiwan/errors';
import { type Fields, readFields } from '../project/fields.ts';
import { seal, unseal } from './box.ts';
import { damaged, type Owner } from './header.ts';

const FORMAT = 'gaiwan-ring-task/1';
const HEX_16 = /^[0-9a-f]{32}$/;
const HEX_32 = /^[0-9a-f]{64}$/;

/** Data of this party in a slot, as far as it is known: what is absent has not happened, or nobody knows whether it has. */
export interface SlotRecord {
  /** The stored name: no other data of the user has it. */
  readonly name: string;
  /** Of an input: the file. */
  readonly path?: string | undefined;
  /** Of an input's plaintext, hex. */
  readonly sha256?: string | undefined;
  readonly bytes?: number | undefined;
  /** Of an input: what its ciphertext is (32 hex digits), before a byte of it was sent. */
  readonly tag?: string | undefined;
  /** Where the platform keeps it. */
  readonly url?: string | undefined;
  /** What manifests must say of its key and place. */
  readonly commitment?: string | undefined;
  /** As it is registered. */
  readonly dataId?: string | undefined;
  /** The data that this is to take the place of, until they are released. */
  readonly former?: string | undefined;
}

export interface TaskRecord extends Owner {
  readonly task: string;
  readonly name?: string | undefined;
  /** The text of the file that describes the task. */
  readonly description?: string | undefined;
  readonly inputs: Readonly<Record<string, SlotRecord>>;
  readonly outputs: Readonly<Record<string, SlotRecord>>;
  /** Absent where no key was made. */
  readonly sealed?: string | undefined;
}

/** A key and IV (aes-gcm-256) for each slot, as hex: 64 and 24 digits. */
export type SlotKeys = Readonly<Record<string, { readonly key: string; readonly iv: string }>>;

export interface TaskKeys {
  readonly inputs: SlotKeys;
  readonly outputs: SlotKeys;
}

const contextOf = ({ instance, user, task }: TaskRecord): string =>
  JSON.stringify([FORMAT, instance, user, task]);

export const sealKeys = (ringKey: Uint8Array, record: TaskRecord, keys: TaskKeys): TaskRecord => ({
  ...record,
  sealed: seal(ringKey, Buffer.from(JSON.stringify(keys)), contextOf(record)),
});

/** Undefined where there are none. Throws `CliError` (ring-damaged) for what this ring's key has not sealed for this task. */
export function openKeys(ringKey: Uint8Array, record: TaskRecord): TaskKeys | undefined {
  if (record.sealed === undefined) return undefined;
  const place = `the key ring's record of ${record.task}`;
  const bytes = unseal(ringKey, record.sealed, contextOf(record));
  if (bytes === undefined) throw damaged(place);
  const fields = readFields(JSON.parse(bytes.toString('utf8')), place);
  return { inputs: slotKeys(fields.required('inputs')), outputs: slotKeys(fields.required('outputs')) };
}

function slotKeys(fields: Fields): SlotKeys {
  return fields.each((slot) => ({ key: slot.text('key'), iv: slot.text('iv') }));
}

export const recordText = (record: TaskRecord): string =>
  `${JSON.stringify({ format: FORMAT, ...record }, null, 2)}\n`;

/** Throws `CliError` (ring-damaged). */
export function parseRecord(text: string, place: string): TaskRecord {
  try {
    return recordOf(JSON.parse(text), place);
  } catch (cause) {
    throw damaged(`${place} (${messageOf(cause).slice(0, 200)})`, cause);
  }
}

function recordOf(value: unknown, place: string): TaskRecord {
  const fields = readFields(value, place);
  const format = fields.text('format');
  if (format !== FORMAT) throw fields.wrong('is of another format');
  const record = {
    instance: fields.text('instance'),
    user: fields.text('user'),
    task: fields.text('task'),
    name: fields.optionalText('name'),
    description: fields.optionalText('description'),
    inputs: fields.required('inputs').each(slotOf),
    outputs: fields.required('outputs').each(slotOf),
    sealed: fields.optionalText('sealed'),
  };
  fields.end();
  return record;
}

function slotOf(fields: Fields): SlotRecord {
  const slot = {
    name: fields.text('name'),
    path: fields.optionalText('path'),
    sha256: fields.optionalText('sha256'),
    bytes: fields.optionalWhole('bytes'),
    tag: fields.optionalText('tag'),
    url: fields.optionalText('url'),
    commitment: fields.optionalText('commitment'),
    dataId: fields.optionalText('dataId'),
    former: fields.optionalText('former'),
  };
  fields.end();
  if (slot.tag !== undefined && !HEX_16.test(slot.tag)) throw fields.wrong('has a tag that is none');
  if (slot.commitment !== undefined && !HEX_32.test(slot.commitment))
    throw fields.wrong('has a commitment that is none');
  return slot;
}

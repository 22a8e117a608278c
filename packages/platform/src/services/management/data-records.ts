/** What is written of an input or output: its record, whose it is, and that its key and IV are taken. */
import {
  checkIvFree,
  type DataRecord,
  type IvRecord,
  ivName,
  keys,
  parseDataUrl,
  parseUrl,
  shownName,
  uuidOf,
} from '../../domain/index.ts';
import { refuse } from '../../errors.ts';
import type { CommandCall, Effect } from '../../pipeline/spec.ts';
import type { Caller } from '../../ports.ts';
import { dueAppend } from '../../state/due.ts';
import type { ManagementContext } from './context.ts';

export type Kind = 'input' | 'output';
export interface NewData {
  readonly record: DataRecord;
  readonly content?: Uint8Array | undefined;
  /** Of the event. */
  readonly type: string;
}
type Writes = CommandCall<unknown, unknown>['tx'];
export type Registered = Effect<{ readonly dataId: string }>;

/** Where a file is. */
export interface Place {
  readonly url: string;
  /** Of a data: URL: its content, which is kept apart. */
  readonly content?: Uint8Array;
}

/** Refuses URLs that the platform will not fetch from or write to. */
export async function placeOf(
  context: ManagementContext,
  caller: Caller,
  text: string,
  kind: Kind,
): Promise<Place> {
  if (text.startsWith('data:') && kind === 'input') {
    const { url, bytes } = parseDataUrl(text);
    return { url, content: bytes };
  }
  const url = parseUrl(text);
  if (url.protocol === 'blob:') {
    await context.blobs.requireUsable(caller.subject, text, kind);
    return { url: text };
  }
  if (url.protocol === 'http:' || url.protocol === 'https:') {
    context.requireAllowedUrl(url);
    return { url: text };
  }
  throw refuse(
    'scheme-not-supported',
    `Scheme not supported: ${url.protocol} Upload the file, or give an https: URL that the operator allowed.`,
  );
}

/**
 * The effect of a registration.
 *
 * @throws PlatformError as `Holdings.charge` (rejects)
 */
export async function writeData(
  { holdings, blobs }: Pick<ManagementContext, 'holdings' | 'blobs'>,
  { tx, caller: { subject: by } }: Pick<CommandCall<unknown, unknown>, 'tx' | 'caller'>,
  { record, content, type }: NewData,
): Promise<Registered> {
  const key = keys.data(record.id);
  // An output was claimed. An output that was made an input before is the same input.
  const isNewInput = record.id.startsWith('input-') && !(await tx.has(key));
  if (isNewInput && !content) await blobs.refer(tx, record.url);
  // There may have been one of this id before, which was due earlier.
  if (type === 'input-from-output' && isNewInput) tx.put(keys.lastNeed(record.id), { at: tx.now() });
  const bytes = tx.put(key, record) + (content?.length ?? 0);
  if (content) blobs.putContent(tx, uuidOf(record.id), by, content);
  await holdings.charge(tx, { key, by, bytes });
  const name = shownName(record);
  for (const owner of record.owners) {
    tx.mark(keys.userData(owner, record.id));
    if (name !== '') tx.mark(keys.dataName(owner, name, record.id));
  }
  tx.append(...dueAppend({ at: tx.now(), data: [record.id] }));
  return {
    reply: { dataId: record.id },
    event: { type, data: record.id, owners: record.owners, schema: record.crypto.schema },
  };
}

/** An input's key and IV have content; nothing may be encrypted under them any more. */
export async function noteInputIv(tx: Writes, record: DataRecord): Promise<void> {
  const name = ivName(record.crypto);
  if (name === undefined) return;
  if (!(await tx.read<IvRecord>(keys.iv(name))))
    tx.put(keys.iv(name), { holder: record.id } satisfies IvRecord);
}

/**
 * Nothing else may have been, or be going to be, encrypted under an output's key and IV; and where the platform keeps its file, no other
 * record is for that file.
 */
export async function claimOutput(
  { blobs }: ManagementContext,
  tx: Writes,
  record: DataRecord,
): Promise<void> {
  await blobs.claimOutput(tx, record.url, record.id);
  const name = ivName(record.crypto);
  if (name !== undefined) checkIvFree(await tx.read<IvRecord>(keys.iv(name)), record.id);
}

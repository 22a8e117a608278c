/** What is written of an input or output: its record, whose it is, and that its key and IV are taken. */
import { checkIvFree, type DataRecord, type IvRecord, ivName, keys, parseUrl } from '../../domain/index.ts';
import { refuse } from '../../errors.ts';
import type { CommandCall, Effect } from '../../pipeline/spec.ts';
import type { Caller } from '../../ports.ts';
import type { ManagementContext } from './context.ts';

export type Kind = 'input' | 'output';
type Writes = CommandCall<unknown, unknown>['tx'];
export type Registered = Effect<{ readonly dataId: string }>;

const DATA_URL = /^data:text\/plain;base64,[A-Za-z0-9+/]*={0,2}$/;

/** Refuses URLs that the platform will not fetch from or write to. */
export async function checkUrl(
  context: ManagementContext,
  caller: Caller,
  text: string,
  kind: Kind,
): Promise<void> {
  const url = parseUrl(text);
  if (url.protocol === 'blob:') return context.blobs.requireUsable(caller.subject, text, kind);
  if (url.protocol === 'http:' || url.protocol === 'https:') return context.requireAllowedUrl(url);
  if (url.protocol === 'data:' && kind === 'input') {
    if (DATA_URL.test(text)) return;
    throw refuse('bad-url', 'A data: URL has the form data:text/plain;base64,<base64>.');
  }
  throw refuse(
    'scheme-not-supported',
    `Scheme not supported: ${url.protocol} Upload the file, or give an https: URL that the operator allowed.`,
  );
}

/** The effect of a registration. */
export function writeData(tx: Writes, record: DataRecord, type: string): Registered {
  tx.put(keys.data(record.id), record);
  for (const owner of record.owners) tx.mark(keys.userData(owner, record.id));
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

/** Queue operations on sealed items. */
import { decodePath, encodePath } from '../key-path.ts';
import { HEAD_BYTES, type Sealer } from '../sealed.ts';
import { type QueueItem, type QueueOperation, StoreError } from '../store.ts';
import { itemPlace as place } from './places.ts';
import type { State } from './state.ts';
import type { ItemRow, Tables } from './tables.ts';

const NO_PAYLOAD = new Uint8Array(0);

export interface Queues {
  readonly tables: Tables;
  readonly sealer: Sealer;
  readonly state: State;
}

const conflict = (queue: string, why: string) =>
  new StoreError('conflict', `an item of the queue '${queue}' ${why}: read the queue and decide anew`);

type Numbers = readonly [seq: number, id: Uint8Array, token: number, until: number];

function sealedItem(
  sealer: Sealer,
  queue: Buffer,
  { numbers, parts }: { readonly numbers: Numbers; readonly parts: readonly Uint8Array[] },
): ItemRow {
  const sealed = sealer.seal(place(queue, numbers), ...parts);
  return [...numbers, sealed.subarray(0, HEAD_BYTES), sealed.subarray(HEAD_BYTES)];
}

/** Throws `conflict`, `tampered` and `state-tampered` before it writes anything. */
export function applyQueueOperation({ tables, sealer, state }: Queues, operation: QueueOperation): void {
  const queue = sealer.blindName('q', operation.queue);
  const id = sealer.blindName('i', operation.id, queue);
  const row = state.items.item(queue, id);
  if (operation.op === 'enqueue') {
    if (row) throw conflict(operation.queue, 'is there already');
    const parts = [encodePath([operation.id]), operation.payload ?? NO_PAYLOAD];
    const item = sealedItem(sealer, queue, { numbers: [tables.newSeq(), id, 0, 0], parts });
    tables.insertItem(queue, item);
    state.items.set(queue, id, item);
    return;
  }
  const { token } = operation;
  if (!row) {
    if (operation.op === 'remove' && token === undefined) return;
    throw conflict(operation.queue, 'is gone');
  }
  const [seq, , current, until, head, body] = row;
  if (token !== undefined && token !== current)
    throw conflict(operation.queue, `has the token ${current}, not ${token}`);
  if (operation.op === 'remove') {
    tables.deleteItem(seq);
    state.items.set(queue, id, undefined);
    return;
  }
  if (operation.op === 'release' && until === 0) throw conflict(operation.queue, 'is not leased any more');
  const plain = sealer.openParts(place(queue, [seq, id, current, until]), head, body);
  const lease =
    operation.op === 'lease' ? ([current + 1, operation.until] as const) : ([current, 0] as const);
  const next = sealedItem(sealer, queue, { numbers: [seq, id, ...lease], parts: [plain] });
  tables.updateItem(next);
  state.items.set(queue, id, next);
}

/** Throws `tampered` and `state-tampered`. */
export function* readQueue({ sealer, state }: Queues, name: string): Iterable<QueueItem> {
  const queue = sealer.blindName('q', name);
  for (const [seq, blinded, token, until, head, body] of state.items.inOrder(queue)) {
    const {
      key: [id],
      rest,
    } = decodePath(sealer.openParts(place(queue, [seq, blinded, token, until]), head, body));
    if (id === undefined) throw new StoreError('tampered', `an item of the queue '${name}' has no id`);
    yield { id, payload: rest, token, until };
  }
}

/** Queue operations on sealed items. */
import { decodePath, encodePath } from '../key-path.ts';
import type { Sealer } from '../sealed.ts';
import { type QueueItem, type QueueOperation, StoreError } from '../store.ts';
import { itemPlace as place } from './places.ts';
import type { ItemRow, Tables } from './tables.ts';

const NO_PAYLOAD = new Uint8Array(0);

const conflict = (queue: string, why: string) =>
  new StoreError('conflict', `an item of the queue '${queue}' ${why}: read the queue and decide anew`);

/** Throws `conflict` before it writes anything. */
export function applyQueueOperation(tables: Tables, sealer: Sealer, operation: QueueOperation): void {
  const queue = sealer.blindName('q', operation.queue);
  const id = sealer.blindName('i', operation.id, queue);
  const row = tables.item(queue, id);
  if (operation.op === 'enqueue') {
    if (row) throw conflict(operation.queue, 'is there already');
    const seq = tables.newSeq();
    const sealed = sealer.seal(
      place(queue, [seq, id, 0, 0]),
      encodePath([operation.id]),
      operation.payload ?? NO_PAYLOAD,
    );
    tables.insertItem(queue, [seq, id, 0, 0, sealed]);
    return;
  }
  const { token } = operation;
  if (!row) {
    if (operation.op === 'remove' && token === undefined) return;
    throw conflict(operation.queue, 'is gone');
  }
  const [seq, , current, until, sealed] = row;
  // Authenticates the token before anything is decided by it.
  const plain = sealer.open(place(queue, [seq, id, current, until]), sealed);
  if (token !== undefined && token !== current)
    throw conflict(operation.queue, `has the token ${current}, not ${token}`);
  if (operation.op === 'remove') {
    tables.deleteItem(seq);
    return;
  }
  if (operation.op !== 'lease' && until === 0) throw conflict(operation.queue, 'is not leased any more');
  const next = [
    seq,
    id,
    operation.op === 'lease' ? current + 1 : current,
    operation.op === 'release' ? 0 : operation.until,
  ] as const;
  tables.updateItem([...next, sealer.seal(place(queue, next), plain)] satisfies ItemRow);
}

export function* readQueue(tables: Tables, sealer: Sealer, name: string): Iterable<QueueItem> {
  const queue = sealer.blindName('q', name);
  for (const [seq, blinded, token, until, sealed] of tables.items(queue)) {
    const {
      key: [id],
      rest,
    } = decodePath(sealer.open(place(queue, [seq, blinded, token, until]), sealed));
    if (id === undefined) throw new StoreError('tampered', `an item of the queue '${name}' has no id`);
    yield { id, payload: rest, token, until };
  }
}

/** The engine's thread: owns the database, answers messages in order. */
import type { KeyObject } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { type Batch, type Entry, StoreError } from '../store.ts';
import { Database } from './database.ts';
import { GroupCommit } from './group.ts';
import {
  type Answer,
  type Done,
  type FromEngine,
  type PackedBatch,
  Packer,
  type Request,
  type Slice,
  type ToEngine,
} from './messages.ts';
import { SealedTables } from './sealed-tables.ts';
import { toStoreError } from './sqlite-errors.ts';
import { Tables } from './tables.ts';

const port = parentPort;
if (!port) throw new Error('engine.ts runs as a worker thread');
// Any: what `EngineLink` starts this thread with.
const { path, maxPages }: { readonly path: string; readonly maxPages?: number } = workerData;

const say = (message: FromEngine, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
const describe = (error: unknown) => {
  const { code, message } = toStoreError(error);
  return { code, message };
};

let tables: Tables | undefined;
let sealed: SealedTables | undefined;
let group: GroupCommit | undefined;

function unpackBatch({ put, queue, append, ...rest }: PackedBatch, bytes: ArrayBuffer): Batch {
  const at = ([start, end]: Slice) => new Uint8Array(bytes, start, end - start);
  return {
    ...rest,
    put: put.map(({ key, value }) => ({ key, value: at(value) })),
    queue: queue.map((operation) =>
      operation.op === 'enqueue' ? { ...operation, payload: at(operation.payload) } : operation,
    ),
    append: append.map(({ log, value }) => ({ log, value: at(value) })),
  };
}

type Read = Exclude<Request, { kind: 'commit' | 'copy' | 'rotate' | 'reseal' | 'epoch' | 'anchor' }>;

function read(request: Read, store: SealedTables, packer: Packer): Done {
  const { kind } = request;
  const pack = (entry: Entry) => ({ ...entry, value: packer.add(entry.value) });
  switch (kind) {
    case 'get': {
      const entries = request.keys.map((key) => store.get(key));
      return { kind, value: entries.map((entry) => entry && pack(entry)) };
    }
    case 'scan': {
      const { entries, next } = store.scan(request.prefix, request.limit, request.cursor);
      return { kind, value: { entries: entries.map(pack), next } };
    }
    case 'queue': {
      const items = store.queue(request.queue, request.limit);
      return { kind, value: items.map((item) => ({ ...item, payload: packer.add(item.payload) })) };
    }
    case 'log': {
      const entries = store.log(request.log, request.from, request.limit);
      return { kind, value: entries.map(({ index, value }) => ({ index, value: packer.add(value) })) };
    }
    case 'logLength':
      return { kind, value: store.logLength(request.log) };
    case 'state':
      return { kind, value: { head: store.head(), tickets: store.tickets } };
    case 'anchorSecret':
      return { kind, value: store.anchorSecret };
    default:
      return { kind, value: store.head() };
  }
}

/** Commits first, so that the message's reads see only what is durable. */
function answerAll(requests: readonly Request[], bytes: ArrayBuffer): void {
  if (!tables || !sealed || !group) throw new StoreError('closed', 'the store is not open');
  const [store, database, commits] = [sealed, tables, group];
  const { write } = commits;
  const batches = requests.flatMap((r) => (r.kind === 'commit' ? [unpackBatch(r.batch, bytes)] : []));
  const outcomes = (batches.length > 0 ? commits.commit(batches) : []).values();
  const packer = new Packer();
  const answers = requests.map((request): Answer => {
    if (request.kind === 'commit') {
      const outcome = outcomes.next().value ?? new StoreError('io', 'the batch was not committed');
      return outcome instanceof StoreError
        ? { error: describe(outcome) }
        : { kind: request.kind, value: outcome };
    }
    try {
      if (request.kind === 'copy') {
        database.copyTo(request.path);
        return { kind: request.kind, value: undefined };
      }
      if (request.kind === 'anchor')
        return { kind: request.kind, value: commits.askAnchor(request.confirmed) };
      if (request.kind === 'reseal') return { kind: request.kind, value: store.reseal(request.from, write) };
      if (request.kind === 'epoch') {
        store.beginEpoch(request, unpackBatch(request.batch, bytes), write);
        return { kind: request.kind, value: undefined };
      }
      if (request.kind !== 'rotate') return read(request, store, packer);
      store.rotate(request.root, write);
      return { kind: request.kind, value: undefined };
    } catch (error) {
      return { error: describe(error) };
    }
  });
  const out = packer.take();
  say({ kind: 'answers', answers, bytes: out }, [out]);
}

function unlock(root: KeyObject): void {
  if (!tables) throw new StoreError('closed', 'the store is not open');
  sealed = new SealedTables(tables, root);
  group = new GroupCommit(sealed);
  say({ kind: 'ready' });
}

function close(): void {
  sealed?.close();
  tables?.close();
  tables = undefined;
  sealed = undefined;
  say({ kind: 'closed' });
  port?.close();
}

function attempt(step: () => void): void {
  try {
    step();
  } catch (error) {
    say({ kind: 'failed', error: describe(error) });
  }
}

port.on('message', (message: ToEngine) => {
  if (message.kind === 'requests') answerAll(message.requests, message.bytes);
  else if (message.kind === 'unlock') attempt(() => unlock(message.root));
  else attempt(close);
});

attempt(() => {
  tables = new Tables(new Database(path, maxPages));
  say({ kind: 'locked', isNew: tables.meta('keys') === undefined && tables.isEmpty() });
});

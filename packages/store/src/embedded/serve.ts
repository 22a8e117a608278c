/** The engine: owns the database, answers messages in order. It runs in a thread of its own (`engine.ts`). */
import type { KeyObject } from 'node:crypto';
import { type Batch, type Entry, StoreError } from '../store.ts';
import { type Connect, Database } from './database.ts';
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

/** What an engine is started with. */
export interface EngineOptions {
  readonly path: string;
  /** Caps the database's size in pages of 4 KiB. */
  readonly maxPages: number | undefined;
  /** What runs the database; absent: Node's SQLite. */
  readonly connect?: Connect;
}

/** Where an engine's answers go. */
export interface EnginePort {
  say(message: FromEngine, transfer: ArrayBuffer[]): void;
  /** After the last message. */
  close(): void;
}

const describe = (error: unknown) => {
  const { code, message } = toStoreError(error);
  return { code, message };
};

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

/** What an unlocked store is served with. */
interface Unlocked {
  readonly sealed: SealedTables;
  readonly group: GroupCommit;
}

export class Engine {
  readonly #port: EnginePort;
  #tables: Tables | undefined;
  #unlocked: Unlocked | undefined;

  /** Locks the database's file, and says so, or why it cannot. */
  constructor({ path, maxPages, connect }: EngineOptions, port: EnginePort) {
    this.#port = port;
    this.#attempt(() => {
      const tables = new Tables(new Database(path, maxPages, connect));
      this.#tables = tables;
      this.#say({ kind: 'locked', isNew: tables.meta('keys') === undefined && tables.isEmpty() });
    });
  }

  receive(message: ToEngine): void {
    if (message.kind === 'requests') this.#answerAll(message.requests, message.bytes);
    else if (message.kind === 'unlock') this.#attempt(() => this.#unlock(message.root));
    else this.#attempt(() => this.#close());
  }

  /** Commits first, so that the message's reads see only what is durable. */
  #answerAll(requests: readonly Request[], bytes: ArrayBuffer): void {
    const unlocked = this.#unlocked;
    if (!unlocked) throw new StoreError('closed', 'the store is not open');
    const batches = requests.flatMap((r) => (r.kind === 'commit' ? [unpackBatch(r.batch, bytes)] : []));
    const outcomes = (batches.length > 0 ? unlocked.group.commit(batches) : []).values();
    const packer = new Packer();
    const answers = requests.map((request): Answer => {
      if (request.kind === 'commit') {
        const outcome = outcomes.next().value ?? new StoreError('io', 'the batch was not committed');
        return outcome instanceof StoreError
          ? { error: describe(outcome) }
          : { kind: request.kind, value: outcome };
      }
      try {
        return this.#answer(request, unlocked, { packer, bytes });
      } catch (error) {
        return { error: describe(error) };
      }
    });
    const out = packer.take();
    this.#port.say({ kind: 'answers', answers, bytes: out }, [out]);
  }

  #answer(
    request: Exclude<Request, { kind: 'commit' }>,
    { sealed, group }: Unlocked,
    { packer, bytes }: { readonly packer: Packer; readonly bytes: ArrayBuffer },
  ): Answer {
    const { write } = group;
    switch (request.kind) {
      case 'copy':
        this.#tables?.copyTo(request.path);
        return { kind: request.kind, value: undefined };
      case 'anchor':
        return { kind: request.kind, value: group.askAnchor(request.confirmed) };
      case 'reseal':
        return { kind: request.kind, value: sealed.reseal(request.from, write) };
      case 'epoch':
        sealed.beginEpoch(request, unpackBatch(request.batch, bytes), write);
        return { kind: request.kind, value: undefined };
      case 'rotate':
        sealed.rotate(request.root, write);
        return { kind: request.kind, value: undefined };
      default:
        return read(request, sealed, packer);
    }
  }

  #unlock(root: KeyObject): void {
    if (!this.#tables) throw new StoreError('closed', 'the store is not open');
    const sealed = new SealedTables(this.#tables, root);
    this.#unlocked = { sealed, group: new GroupCommit(sealed) };
    this.#say({ kind: 'ready' });
  }

  #close(): void {
    this.#unlocked?.sealed.close();
    this.#tables?.close();
    this.#tables = undefined;
    this.#unlocked = undefined;
    this.#say({ kind: 'closed' });
    this.#port.close();
  }

  #attempt(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#say({ kind: 'failed', error: describe(error) });
    }
  }

  #say(message: FromEngine): void {
    this.#port.say(message, []);
  }
}

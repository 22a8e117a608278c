/**
 * The main thread's end of the engine: gathers requests while a message is on its way, so that under load a message,
 * a transaction and an fsync serve many.
 */
import type { KeyObject } from 'node:crypto';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { limits } from '../limits.ts';
import { StoreError } from '../store.ts';
import {
  type AnswerTo,
  type Done,
  type FromEngine,
  isAnswerTo,
  Packer,
  type Request,
  type ToEngine,
} from './messages.ts';

/** A request to be packed when its message is sent, and who waits for it. */
interface Waiting {
  readonly pack: (packer: Packer) => Request;
  readonly size: number;
  readonly resolve: (done: Done, bytes: ArrayBuffer) => void;
  readonly reject: (error: StoreError) => void;
}

/** Requests of one message at most, and bytes after which a message takes no more. */
const MESSAGE_REQUESTS = 256;
const MESSAGE_BYTES = limits.pageBytes.value;

type State = Exclude<FromEngine['kind'], 'answers' | 'failed'>;

const unexpectedAnswer = () =>
  new StoreError('io', "the store's thread gave another answer than it was asked for");

/** The main thread's end. */
export class EngineLink {
  readonly #worker: Worker;
  #waiting: Waiting[] = [];
  #sent: readonly Waiting[] = [];
  #scheduled = false;
  #ended: StoreError | undefined;
  readonly #failed = Promise.withResolvers<StoreError>();
  #steps = new Map<State, { resolve: (message: FromEngine) => void; reject: (error: StoreError) => void }>();

  constructor(path: string, maxPages: number | undefined) {
    // The same file as this one's: .ts when run from source, .js when built.
    const engine =
      extname(import.meta.url) === '.ts'
        ? new URL('./engine.ts', import.meta.url)
        : new URL('./engine.js', import.meta.url);
    this.#worker = new Worker(engine, { workerData: { path, maxPages }, name: 'gaiwan-store' });
    this.#worker.on('message', (message: FromEngine) => this.#receive(message));
    this.#worker.on('error', (cause) => {
      const error = new StoreError('io', `the store's thread failed: ${cause.message}`, { cause });
      this.#failed.resolve(error);
      this.#end(error);
    });
    this.#worker.on('exit', () => this.#end(new StoreError('closed', 'the store is closed')));
  }

  /** Resolves with why nothing more is written until the store is opened again; never, where that does not happen. */
  get failed(): Promise<StoreError> {
    return this.#failed.promise;
  }

  /** Resolves when the folder is locked. */
  async waitForLock(): Promise<{ readonly isNew: boolean }> {
    const message = await this.#step('locked');
    if (message.kind !== 'locked') throw unexpectedAnswer();
    return message;
  }

  async unlock(root: KeyObject): Promise<void> {
    this.#post({ kind: 'unlock', root });
    await this.#step('ready');
  }

  /** `size`: bytes that the request packs. */
  request<R extends Request>(
    pack: (packer: Packer) => R,
    size = 0,
  ): Promise<Pick<AnswerTo<R['kind']>, 'value'> & { readonly bytes: ArrayBuffer }> {
    if (this.#ended) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      let kind: R['kind'] | undefined;
      this.#waiting.push({
        pack: (packer) => {
          const request = pack(packer);
          kind = request.kind;
          return request;
        },
        size,
        resolve: (done, bytes) =>
          isAnswerTo(done, kind) ? resolve({ value: done.value, bytes }) : reject(unexpectedAnswer()),
        reject,
      });
      if (this.#scheduled || this.#sent.length > 0) return;
      this.#scheduled = true;
      queueMicrotask(() => this.#send());
    });
  }

  /** After what was asked before is answered. */
  async close(): Promise<void> {
    if (this.#ended) return;
    this.#ended = new StoreError('closed', 'the store is closed');
    while (this.#sent.length > 0 || this.#waiting.length > 0)
      await new Promise<void>((resolve) => setImmediate(resolve));
    const closed = this.#step('closed', true);
    this.#post({ kind: 'close' });
    try {
      await closed;
    } finally {
      await this.#worker.terminate();
    }
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #send(): void {
    this.#scheduled = false;
    let count = 0;
    for (
      let bytes = 0;
      count < this.#waiting.length && count < MESSAGE_REQUESTS && bytes < MESSAGE_BYTES;
      count++
    )
      bytes += this.#waiting[count]?.size ?? 0;
    if (count === 0) return;
    this.#sent = this.#waiting.splice(0, count);
    const packer = new Packer();
    const requests = this.#sent.map(({ pack }) => pack(packer));
    const bytes = packer.take();
    this.#post({ kind: 'requests', requests, bytes }, [bytes]);
  }

  #receive(message: FromEngine): void {
    if (message.kind === 'answers') {
      const sent = this.#sent;
      this.#sent = [];
      // The next message first: the engine works while the callers do.
      this.#send();
      for (const [index, waiting] of sent.entries()) {
        const answer = message.answers[index];
        if (answer === undefined) waiting.reject(unexpectedAnswer());
        else if ('error' in answer) waiting.reject(this.#noted(answer.error));
        else waiting.resolve(answer, message.bytes);
      }
    } else if (message.kind === 'failed') {
      const error = this.#noted(message.error);
      for (const step of this.#steps.values()) step.reject(error);
      this.#steps.clear();
    } else {
      this.#steps.get(message.kind)?.resolve(message);
      this.#steps.delete(message.kind);
    }
  }

  #noted({ code, message }: Pick<StoreError, 'code' | 'message'>): StoreError {
    const error = new StoreError(code, message);
    if (code === 'sync-failed') this.#failed.resolve(error);
    return error;
  }

  #step(state: State, evenEnded = false): Promise<FromEngine> {
    if (this.#ended && !evenEnded) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => this.#steps.set(state, { resolve, reject }));
  }

  #end(error: StoreError): void {
    this.#ended ??= error;
    for (const waiting of [...this.#sent, ...this.#waiting, ...this.#steps.values()]) waiting.reject(error);
    this.#sent = [];
    this.#waiting = [];
    this.#steps.clear();
  }

  #post(message: ToEngine, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }
}

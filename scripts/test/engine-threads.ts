/**
 * `Worker` as the store's link uses it, for tests: when a store was closed, its thread serves the next one. A thread's start is two thirds of
 * what it takes to open a store, and tests open thousands. A thread has one store at a time, and a store that was not closed ends with its thread.
 */
import { EventEmitter, once } from 'node:events';
import { MessageChannel, type MessagePort, Worker as Thread, type Transferable } from 'node:worker_threads';

/** What `bundled-engine.ts` has the engine read in place of what `node:worker_threads` gives a thread. */
export const ENGINES = 'gaiwanEngines';

const HOST = `
const { parentPort } = require('node:worker_threads');
const engines = new Map();
globalThis.${ENGINES} = engines;
parentPort.on('message', ({ engine, id, port, workerData }) => {
  engines.set(id, { parentPort: port, workerData });
  // Failures are the thread's, as those of its first module are.
  import(engine + '?' + id).catch((error) => setImmediate(() => { throw error; }));
});
`;

/** Of this process, whoever loads this module again. */
const IDLE = Symbol.for('gaiwan idle engine threads');
// Any: what is set here.
const kept: Thread[] | undefined = Reflect.get(globalThis, IDLE);
const idle = kept ?? [];
Reflect.set(globalThis, IDLE, idle);
let count = 0;

function started(): Thread {
  const thread = new Thread(HOST, { eval: true, name: 'gaiwan-store' });
  return thread.once('exit', () => {
    const at = idle.indexOf(thread);
    if (at >= 0) idle.splice(at, 1);
  });
}

export class Worker extends EventEmitter {
  readonly #thread: Thread;
  readonly #port: MessagePort;
  readonly #fails = (error: unknown) => this.emit('error', error);
  readonly #exits = (code: number) => this.emit('exit', code);
  /** Set when the engine has let go of the store, and then of its port. */
  #left: Promise<unknown> | undefined;

  constructor(engine: URL, { workerData }: { readonly workerData: unknown }) {
    super();
    this.#thread = idle.pop() ?? started();
    this.#thread.ref();
    this.#thread.on('error', this.#fails).on('exit', this.#exits);
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.on('message', (message: { readonly kind: string }) => {
      if (message.kind === 'closed') this.#left = once(port1, 'close');
      this.emit('message', message);
    });
    const id = `${process.pid}-${++count}`;
    this.#thread.postMessage({ engine: engine.href, id, port: port2, workerData }, [port2]);
  }

  postMessage(message: unknown, transfer: readonly Transferable[] = []): void {
    this.#port.postMessage(message, transfer);
  }

  async terminate(): Promise<void> {
    if (!this.#left) {
      await this.#thread.terminate();
      return;
    }
    await this.#left;
    this.#thread.off('error', this.#fails).off('exit', this.#exits).unref();
    idle.push(this.#thread);
    this.emit('exit', 0);
  }
}

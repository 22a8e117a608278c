/** One machine with a platform on it: started, ended and started again, and called over a network. What `compose/single.ts` does with ports. */
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import { gaiwan } from '@gaiwan/protocol';
import { cachedStore, type Store, type StoreError, type StoreHead } from '@gaiwan/store';
import { Process } from '../world/process.ts';
import type { World } from '../world/world.ts';
import { type BlobAnswer, type BlobRequest, exchange } from './blob-exchange.ts';
import type { Host } from './link.ts';
import type { Product } from './product.ts';
import { Workers } from './workers.ts';

const DATA = '/gaiwan/data';
const ADMIN_PASSWORD = 'the password of the administrator';
/** Of everybody's calls. */
const ADDRESS = '10.0.0.1';
/** Milliseconds. */
const CLOSES_IN = 5;

type Services = Awaited<ReturnType<Product['openServices']>>;
type Service = Services['onFrontendPort'][number];

/** A store, as the platform opens it each time. */
export interface OpenedStore extends Store {
  head(): Promise<StoreHead>;
  readonly failed: Promise<StoreError>;
}

export interface MachineOptions {
  readonly world: World;
  readonly product: Product;
  readonly workers: number;
  readonly openStore: () => Promise<OpenedStore>;
  /** As `Host.judge`. */
  readonly judge?: Host['judge'];
  /** What else goes on in the platform's process, e.g. the rotation of its keys. */
  readonly beside?: () => void;
  /** Seconds for which a session holds. */
  readonly tokenLife?: number;
}

export interface Session {
  readonly id: string;
  readonly token: string;
}

export type Unary<I extends DescMessage, O extends DescMessage> = DescMethod & {
  readonly methodKind: 'unary';
  readonly input: I;
  readonly output: O;
};

interface Running {
  readonly process: Process;
  readonly services: Services;
  readonly store: OpenedStore;
}

/** No platform serves. */
export class NotServed extends Error {
  override readonly name = 'NotServed';
}

/** What a client is told. */
export class Told extends Error {
  override readonly name = 'Told';
  /** As the platform's list of refusals has it. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export class Machine {
  readonly adminPassword = ADMIN_PASSWORD;
  readonly workers: Workers;
  readonly #options: MachineOptions;
  #process: Process | undefined;
  #running: Running | undefined;

  constructor(options: MachineOptions) {
    this.#options = options;
    this.workers = new Workers(options.world, options.product);
  }

  /** The platform's process, whether it serves already or not. */
  get process(): Process | undefined {
    return this.#process;
  }

  /** Resolves when it serves: true; or when it has ended before: false. */
  start(): Promise<boolean> {
    const { loop } = this.#options.world;
    const process = new Process(loop, 'platform');
    this.#process = process;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    process.whenOver(() => resolve(false));
    process
      .run(() => this.#boot(process))
      .then(
        (running) => {
          this.#running = running;
          this.#options.world.tell('the platform serves');
          resolve(true);
        },
        (error: unknown) => {
          this.#options.world.tell(`no start: ${String(error)}`);
          this.end(false);
        },
      );
    return promise;
  }

  /** Waits for it, a minute at most. @throws Error (rejects) */
  async serves(): Promise<Store> {
    for (let left = 60; left > 0; left--) {
      if (this.#running) return this.#running.store;
      await this.#options.world.loop.sleep(1000);
    }
    throw new Error('the platform does not serve, without a fault');
  }

  /** Its process ends, and its workers' soon; with the power, all of them at once, and what the disk has not. */
  end(losesPower: boolean): void {
    this.#running = undefined;
    this.#process?.end();
    if (losesPower) for (const worker of this.workers.running) worker.end();
    this.#options.world.stopMachine(losesPower);
  }

  /** Resolves when the present process has ended. */
  whenOver(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#process) this.#process.whenOver(resolve);
      else resolve();
    });
  }

  /** @throws what the method throws, `NotServed`, `ConnectionLost` (rejects) */
  async call<I extends DescMessage, O extends DescMessage>(
    method: Unary<I, O>,
    request: MessageInitShape<I>,
    as: Session | undefined,
  ): Promise<MessageShape<O>> {
    const running = this.#running;
    if (!running) return this.#nobody();
    const { onAuthenticationPort, onFrontendPort } = running.services;
    const services: readonly Service[] = [...onAuthenticationPort, ...onFrontendPort];
    // As over a wire: nothing is shared.
    const bytes = toBinary(method.input, create(method.input, request));
    const message = fromBinary(method.input, bytes);
    const handle = () =>
      callMethod(services, { method, message, as }).catch((error: unknown) => this.#tellOf(error));
    return (await this.#options.world.network.call(running.process, handle)) as MessageShape<O>;
  }

  /** @throws as `call` */
  async file(request: BlobRequest, isWorkers = false): Promise<BlobAnswer> {
    const running = this.#running;
    if (!running) return this.#nobody();
    const { blobs } = running.services;
    const handle = () => exchange(this.#options.product.handleBlob, blobs, request);
    // A worker's is over a socket that nobody else has, and made once.
    return this.#options.world.network.call(running.process, handle, { triesAgain: !isWorkers });
  }

  /** As its port does it. */
  #tellOf(error: unknown): never {
    const { world, product } = this.#options;
    const told = product.toConnectError(error, (unforeseen) => world.tell(`reported: ${String(unforeseen)}`));
    const [detail] = told.findDetails(gaiwan.ErrorInfoSchema);
    throw new Told(detail?.code ?? '', detail?.message ?? '');
  }

  async #nobody(): Promise<never> {
    await this.#options.world.loop.sleep(1);
    throw new NotServed('nobody listens');
  }

  async #boot(process: Process): Promise<Running> {
    const { world, product, openStore, beside } = this.#options;
    const report = (error: unknown) => world.tell(`reported: ${String(error)}`);
    await makeDurable(DATA);
    const opened = await openStore();
    const { failed } = opened;
    const store = { ...cachedStore(opened, { maxEntries: 50_000 }), head: () => opened.head() };
    const health = new product.Health();
    void failed.then(health.fail);
    void health.failed.then(() => world.network.soon(() => this.#over(process), undefined, CLOSES_IN));
    const parts = new AsyncDisposableStack();
    const ids = Array.from({ length: this.#options.workers }, (_, index) => `worker-${index}`);
    const options = {
      store,
      program: '00'.repeat(32),
      data: DATA,
      clock: product.systemClock,
      allowedOrigins: [],
      roster: { expected: ids },
      storage: {},
      retention: {},
      report,
      failed: health.fail,
      taskLimits: product.defaultTaskLimits,
      taskMaxima: product.defaultTaskMaxima,
      fairness: new product.Fairness(),
      tokenLife: this.#options.tokenLife,
    };
    const services = await product.openServices(options, parts, product.access);
    const { scheduler, authentication } = services;
    await scheduler.start();
    const host: Host = {
      process,
      serveWorker: product.serveWorker,
      scheduler,
      file: (request) => this.file(request, true),
      report,
      judge: this.#options.judge ?? (() => Promise.resolve()),
    };
    const each = ids.map((id) => ({ id })) as unknown as ConstructorParameters<Product['WorkerProcesses']>[0];
    const start = this.workers.starting(host);
    const ended = (id: string) => scheduler.gone(id);
    new product.WorkerProcesses(each, { report, ended, start });
    await authentication.bootstrapAdmin(ADMIN_PASSWORD);
    beside?.();
    return { process, services, store: opened };
  }

  #over(process: Process): void {
    if (this.#process === process && !process.isOver) this.end(false);
  }
}

/** Folders that an operator has made long ago. */
async function makeDurable(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  for (let at = path; at !== '/'; at = dirname(at)) {
    const folder = await open(dirname(at), 'r');
    await folder.sync();
    await folder.close();
  }
}

interface Call {
  readonly method: DescMethod;
  readonly message: MessageShape<DescMessage>;
  readonly as: Session | undefined;
}

/** As the port does it. */
async function callMethod(services: readonly Service[], { method, message, as }: Call): Promise<unknown> {
  const service = services.find(({ name }) => name === method.parent.typeName);
  const served = service?.methods.find((one) => one.method.name === method.name);
  if (!service || !served) throw new TypeError(`nobody serves ${method.name}`);
  const { handler } = served;
  const { signal } = new AbortController();
  if (handler.kind === 'open') {
    let answer: unknown;
    const rpc = (_: DescMethod, run: (request: unknown, context: unknown) => unknown) => {
      // Of what a connection knows of a call, there is only where it comes from.
      const get = ({ defaultValue }: { defaultValue: unknown }) =>
        defaultValue === undefined ? undefined : ADDRESS;
      answer = run(message, { values: { get }, signal });
    };
    // Any: all that it does is to register what it runs.
    handler.register({ rpc } as never, method as never, {});
    return create(method.output, (await answer) as MessageInitShape<DescMessage>);
  }
  if (handler.kind !== 'unary' || !service.pipeline)
    throw new TypeError(`${method.name} is no call with one answer`);
  const headers: Readonly<Record<string, string>> = as ? { id: as.id, token: as.token } : {};
  const incoming = {
    header: (name: string) => headers[name] ?? '',
    bytes: () => toBinary(method.input, message),
    address: ADDRESS,
    signal,
  };
  const reply = await service.pipeline.callUnary(handler, message, incoming);
  return create(method.output, reply);
}

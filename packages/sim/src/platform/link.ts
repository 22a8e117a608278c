/** A worker's connection to its platform, as `workOver` wants it: a stream of messages both ways, which may break, and requests about files. */
import { create, fromBinary, type MessageInitShape, type MessageShape, toBinary } from '@bufbuild/protobuf';
import { worker as wire } from '@gaiwan/protocol';
import type { Random } from '../physics/random.ts';
import { Mailbox } from '../world/mailbox.ts';
import { ConnectionLost } from '../world/network.ts';
import type { Process } from '../world/process.ts';
import type { World } from '../world/world.ts';
import type { BlobAnswer, BlobRequest } from './blob-exchange.ts';
import type { Parts } from './product.ts';

export type ReachPlatform = Parameters<Parts['workOver']>[0];
type Link = Awaited<ReturnType<ReachPlatform>>;
type ToWorker = MessageShape<typeof wire.ToWorkerSchema>;
type FromWorker = MessageInitShape<typeof wire.FromWorkerSchema>;

/** The platform, as its workers find it. */
export interface Host {
  readonly process: Process;
  readonly serveWorker: Parts['serveWorker'];
  readonly scheduler: Parameters<Parts['serveWorker']>[0]['scheduler'];
  /** A request about a file, over the network. */
  readonly file: (request: BlobRequest) => Promise<BlobAnswer>;
  readonly report: (error: unknown) => void;
  /** Rejects where one of the two does not take the other for what it is. */
  readonly judge: () => Promise<void>;
}

/** Milliseconds until a side hears that its connection is lost, at most. */
const WORKER_NOTICES = 4000;
const PLATFORM_NOTICES = 25_000;

export interface LinkOptions {
  readonly world: World;
  readonly random: Random;
  readonly worker: Process;
  readonly host: Host;
}

export const reachOver =
  (options: LinkOptions): ReachPlatform =>
  async () => {
    const { world, host } = options;
    await world.loop.sleep(1);
    if (host.process.isOver) throw new ConnectionLost();
    await host.judge();
    const closed = Promise.withResolvers<void>();
    return {
      own: { certificate: new Uint8Array() },
      files: filesOf(host),
      attach: (outbox, signal) => attach(options, { outbox, signal, closed: closed.promise }),
      close: () => closed.resolve(),
    };
  };

interface Session {
  readonly outbox: AsyncIterable<FromWorker>;
  readonly signal: AbortSignal;
  /** Resolves when the worker closes the connection. */
  readonly closed: Promise<void>;
}

function attach(options: LinkOptions, { outbox, signal, closed }: Session): AsyncIterable<ToWorker> {
  const { world, random, worker, host } = options;
  const { network, faults } = world;
  const inbox = new Mailbox<ToWorker>();
  const requests = new Mailbox<MessageShape<typeof wire.FromWorkerSchema>>();
  const gone = new AbortController();
  const endAtPlatform = () => {
    gone.abort();
    requests.fail(new ConnectionLost());
  };
  const down = network.pipe<Uint8Array>(worker, (bytes) =>
    inbox.push(fromBinary(wire.ToWorkerSchema, bytes)),
  );
  const up = network.pipe<Uint8Array>(host.process, (bytes) =>
    requests.push(fromBinary(wire.FromWorkerSchema, bytes)),
  );
  const sent = () => {
    if (!faults.comes('lost connection')) return;
    up.cut();
    down.cut();
    network.soon(() => inbox.fail(new ConnectionLost()), worker, random.below(WORKER_NOTICES));
    network.soon(endAtPlatform, host.process, random.below(PLATFORM_NOTICES));
  };
  host.process.whenOver(() => network.soon(() => inbox.fail(new ConnectionLost()), worker));
  worker.whenOver(() => network.soon(endAtPlatform, host.process));
  signal.addEventListener('abort', () => inbox.fail(signal.reason));
  void closed.then(() => network.soon(endAtPlatform, host.process));
  const serve = async () => {
    const { scheduler, report } = host;
    const stream = { scheduler, confirmed: () => Promise.resolve(), signal: gone.signal, report };
    for await (const message of host.serveWorker(stream, requests)) {
      down.send(toBinary(wire.ToWorkerSchema, create(wire.ToWorkerSchema, message)));
      sent();
    }
  };
  const end = () => network.soon(() => inbox.end(), worker);
  network.soon(() => void serve().then(end, end), host.process);
  void (async () => {
    for await (const message of outbox) {
      up.send(toBinary(wire.FromWorkerSchema, create(wire.FromWorkerSchema, message)));
      sent();
    }
  })();
  return inbox;
}

/** As the product's own, which has a connection for it. */
class RefusedFile extends Error {
  readonly code = 'ECONNREFUSED';
}

function filesOf(host: Host): Link['files'] {
  const ask = async (request: Omit<BlobRequest, 'path'>, url: string): Promise<Uint8Array> => {
    const id = /^blob:\/\/gaiwan\/([0-9a-f-]{36})\//.exec(url)?.[1] ?? '';
    const { status, body } = await host.file({ ...request, path: `/blobs/${id}` });
    if (status === 200) return body;
    throw new RefusedFile(`${status} ${Buffer.from(body).toString()}`);
  };
  return {
    async fetch({ id, url, capability }) {
      const blob = url.startsWith('blob:') ? url : `blob://gaiwan/${id.slice(id.indexOf('-') + 1)}/content`;
      return [await ask({ method: 'GET', capability }, blob)];
    },
    async put({ url, capability }, { body }) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of body) chunks.push(Uint8Array.from(chunk));
      await ask({ method: 'PUT', capability, body: Buffer.concat(chunks) }, url);
    },
  };
}

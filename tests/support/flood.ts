/** What strangers do to a platform's ports, from several addresses of the loopback, each bounded: as fast as one process can. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ClientHttp2Session } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { constants, setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import { connect as connectTls } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { beginCall, halfMessage, LOGIN, REGISTER_INPUT, sessionFrom } from './raw-calls.ts';

export interface Target {
  readonly authentication: string;
  readonly frontend: string;
  /** What it presents, PEM. */
  readonly certificate: string;
}

export const kinds = ['halves', 'idle', 'handshakes', 'resets', 'logins'] as const;
export type Kind = (typeof kinds)[number];

/** How often each was done. */
export type Done = Record<Kind, number>;

export interface Flooded {
  readonly done: Done;
  /** Part of one processor that the flood itself took, in a low priority. */
  readonly share: number;
}

/** So many addresses for each kind: enough to reach what one may not. */
const HOSTS = 8;
/** The addresses that a kind comes from. */
export const addressesOf = (kind: Kind): string[] =>
  Array.from({ length: HOSTS }, (_, host) => `127.0.${kinds.indexOf(kind) + 1}.${host + 1}`);

const MIB = 1 << 20;
/** Pauses of one turn of the loop, so that answers and closes are taken. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

class Attack {
  readonly done: Done = { halves: 0, idle: 0, handshakes: 0, resets: 0, logins: 0 };
  readonly #target: Target;
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Set<ClientHttp2Session>();

  constructor(target: Target) {
    this.#target = target;
  }

  /** Ends all that is open. */
  stop(): void {
    for (const socket of this.#sockets) socket.destroy();
    for (const session of this.#sessions) session.destroy();
  }

  /** Messages of 31 MiB that are announced without a login, and logins of 8 KiB, all of which never come whole. */
  halves(address: string): void {
    for (const [url, path, announced, sent] of [
      [this.#target.frontend, REGISTER_INPUT, 31 * MIB, MIB],
      [this.#target.authentication, LOGIN, 8 << 10, 7 << 10],
    ] as const) {
      const session = this.#session(url, address);
      for (let n = 0; n < 20; n++) {
        beginCall(session, path).write(halfMessage(announced, sent));
        this.done.halves++;
      }
    }
  }

  idle(address: string): void {
    const socket = this.#socket(address);
    socket.resume();
    this.done.idle++;
  }

  handshake(address: string): void {
    const socket = this.#socket(address);
    const tls = connectTls({ socket, ca: this.#target.certificate, servername: 'localhost' }, () => {
      this.done.handshakes++;
      tls.destroy();
    });
    tls.on('error', () => undefined);
  }

  resets(address: string): void {
    const session = this.#session(this.#target.frontend, address);
    for (let n = 0; n < 200 && !session.destroyed; n++) {
      beginCall(session, REGISTER_INPUT).close();
      this.done.resets++;
    }
  }

  logins(address: string): void {
    const session = this.#session(this.#target.authentication, address);
    for (let n = 0; n < 20; n++) {
      const id = `user-${this.done.logins}`;
      // UserLoginRequest: id, password.
      const message = Buffer.from([0x0a, id.length, ...Buffer.from(id), 0x12, 1, 0x78]);
      const framed = halfMessage(message.length);
      beginCall(session, LOGIN).end(Buffer.concat([framed, message]));
      this.done.logins++;
    }
  }

  #socket(address: string): Socket {
    const port = Number(new URL(this.#target.frontend).port);
    const socket = connect({ host: '127.0.0.1', port, localAddress: address });
    socket.on('error', () => undefined);
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  }

  #session(url: string, address: string): ClientHttp2Session {
    const session = sessionFrom(url, this.#target.certificate, address);
    this.#sessions.add(session);
    session.once('close', () => this.#sessions.delete(session));
    return session;
  }
}

async function flood(target: Target, which: readonly Kind[], until: AbortSignal): Promise<Done> {
  const attack = new Attack(target);
  const acts: Record<Kind, (address: string) => void> = {
    halves: (address) => attack.halves(address),
    idle: (address) => times(10, () => attack.idle(address)),
    handshakes: (address) => times(5, () => attack.handshake(address)),
    resets: (address) => attack.resets(address),
    logins: (address) => attack.logins(address),
  };
  const addresses = new Map(which.map((kind) => [kind, addressesOf(kind)]));
  for (let n = 0; !until.aborted; n++) {
    for (const [kind, from] of addresses) acts[kind](from[n % HOSTS] ?? '');
    for (let turns = 0; turns < 20; turns++) await turn();
  }
  attack.stop();
  return attack.done;
}

function times(count: number, act: () => void): void {
  for (let time = 0; time < count; time++) act();
}

export interface RunningFlood {
  /** What it did, once it has ended all that it had open. */
  readonly ended: Promise<Flooded>;
}

/** In a process of its own, so that who looks on has its own time. Resolves when it has begun. */
export async function startFlood(
  target: Target,
  seconds: number,
  which: readonly Kind[] = kinds,
): Promise<RunningFlood> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), `${seconds}`, ...which], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { authentication, frontend, certificate } = target;
  child.stdin.end(`${JSON.stringify({ authentication, frontend, certificate })}\n`);
  await lines.next();
  // It says nothing else.
  return { ended: lines.next().then(({ value }) => JSON.parse(value as string) as Flooded) };
}

/** The process: a line with the target comes in. */
async function main(seconds: number, which: readonly Kind[]): Promise<void> {
  // Strangers have processors of their own; here, those of the platform are left to it.
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  const [line] = (await once(createInterface({ input: process.stdin }), 'line')) as [string];
  console.log('begun');
  // Of our own other end.
  const target = JSON.parse(line) as Target;
  // oxlint-disable-next-line tests/no-sleep -- how long it goes on is what is asked for; nothing is decided by it
  const until = AbortSignal.timeout(1000 * seconds);
  const done = await flood(target, which, until);
  const { user, system } = process.cpuUsage();
  const flooded: Flooded = { done, share: (user + system) / 1e6 / seconds };
  console.log(JSON.stringify(flooded));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [seconds, ...which] = process.argv.slice(2);
  // What `startFlood` has given it.
  await main(Number(seconds), which as Kind[]);
}

/** Ways to a TPM: a command in, its response out, one at a time. */
import { type FileHandle, open } from 'node:fs/promises';
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { TpmError } from './errors.ts';

export interface TpmTransport {
  /** Rejects with `TpmError` "tpm-unreachable" or "tpm-answer". */
  send(command: Uint8Array): Promise<Uint8Array>;
  close(): Promise<void>;
}

const HEADER = 10;
/** Of commands and responses, as the kernel has it. */
const MAX_SIZE = 4096;
/** Making an RSA key can take that long. */
const TIMEOUT_MS = 60_000;
const DIALS = 10;

/** One after another: a TPM has no queue. */
class Turns {
  #last: Promise<unknown> = Promise.resolve();
  take<T>(action: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(action, action);
    this.#last = mine.catch(() => undefined);
    return mine;
  }
}

function adviceFor(code: string | undefined): string {
  if (code === 'EACCES') return 'this user may not use it (is it in the group tss?)';
  return code === 'ENOENT' ? 'this machine has none' : String(code);
}

/** The kernel's TPM with its resource manager. Rejects with `TpmError` "tpm-unreachable". */
export async function deviceTransport(path = '/dev/tpmrm0'): Promise<TpmTransport> {
  let device: FileHandle;
  try {
    device = await open(path, 'r+');
  } catch (cause) {
    const advice = adviceFor((cause as NodeJS.ErrnoException).code);
    throw new TpmError('tpm-unreachable', `The TPM ${path} cannot be opened: ${advice}.`, 0, { cause });
  }
  const turns = new Turns();
  return {
    send: (command) =>
      turns.take(async () => {
        try {
          // A command is one write, a response one read: the driver knows no more of it.
          await device.write(command, 0, command.length, null);
          const buffer = new Uint8Array(MAX_SIZE);
          const { bytesRead } = await device.read(buffer, 0, MAX_SIZE, null);
          return buffer.slice(0, bytesRead);
        } catch (cause) {
          throw new TpmError('tpm-unreachable', `The TPM ${path} does not answer.`, 0, { cause });
        }
      }),
    close: () => device.close(),
  };
}

export type SocketAddress = { readonly path: string } | { readonly host: string; readonly port: number };

/** The data socket of swtpm: bare commands. Only one client at a time gets answers. Rejects with `TpmError` "tpm-unreachable". */
export async function socketTransport(address: SocketAddress): Promise<TpmTransport> {
  const where = 'path' in address ? address.path : `${address.host}:${address.port}`;
  const lost = (cause?: unknown) =>
    new TpmError('tpm-unreachable', `The TPM at ${where} does not answer.`, 0, { cause });
  const dial = () =>
    new Promise<Socket>((resolve, reject) => {
      const made = connect(address as NetConnectOpts, () => resolve(made));
      made.once('error', reject);
    });
  let socket: Socket;
  for (let attempt = 1; ; attempt++) {
    try {
      socket = await dial();
      break;
    } catch (cause) {
      // A Unix socket whose queue is full: whoever was there before has not quite gone.
      if ((cause as NodeJS.ErrnoException).code !== 'EAGAIN' || attempt === DIALS) throw lost(cause);
      await new Promise((resolve) => setTimeout(resolve, 10 * attempt));
    }
  }
  socket.on('error', () => undefined);
  const turns = new Turns();
  return {
    send: (command) => turns.take(() => exchange(socket, command, lost)),
    close: () =>
      new Promise((resolve) => {
        if (socket.destroyed) {
          resolve();
          return;
        }
        socket.once('close', () => resolve());
        socket.end();
        setTimeout(() => socket.destroy(), 1000).unref();
      }),
  };
}

function exchange(socket: Socket, command: Uint8Array, lost: () => TpmError): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const stop = () => {
      clearTimeout(timer);
      socket.off('data', onData).off('close', onClose);
    };
    const fail = (error: TpmError) => {
      stop();
      // Whatever else comes would be taken for the answer to the next command.
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(() => fail(lost()), TIMEOUT_MS);
    const onClose = () => fail(lost());
    const onData = (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < HEADER) return;
      const size = received.readUInt32BE(2);
      if (size < HEADER || size > MAX_SIZE || received.length > size) {
        fail(new TpmError('tpm-answer', `An answer of the TPM says that it has ${size} bytes.`));
      } else if (received.length === size) {
        stop();
        resolve(new Uint8Array(received));
      }
    };
    if (socket.destroyed) {
      fail(lost());
      return;
    }
    socket.on('data', onData).once('close', onClose);
    socket.write(command);
  });
}

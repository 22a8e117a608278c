/** Ways to a TPM: a command in, its response out, one at a time. */

import { type FileHandle, open } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { systemCode } from '@gaiwan/errors';
import { limits } from '../limits.ts';
import { TpmError } from './errors.ts';

export interface TpmTransport {
  /** Rejects with `TpmError` "tpm-unreachable" or "tpm-answer". */
  send(command: Uint8Array): Promise<Uint8Array>;
  close(): Promise<void>;
}

const HEADER = 10;
/** As the kernel has it. */
const MAX_SIZE = limits.tpmMessage.value;

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
    const advice = adviceFor(systemCode(cause));
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
  const lostError = (cause?: unknown) =>
    new TpmError('tpm-unreachable', `The TPM at ${where} does not answer.`, 0, { cause });
  const dial = () =>
    new Promise<Socket>((resolve, reject) => {
      const made = connect(address, () => resolve(made));
      made.once('error', reject);
    });
  let socket: Socket;
  for (let attempt = 1; ; attempt++) {
    try {
      socket = await dial();
      break;
    } catch (cause) {
      // A Unix socket whose queue is full: whoever was there before has not quite gone.
      if (systemCode(cause) !== 'EAGAIN' || attempt === limits.tpmDials.value) throw lostError(cause);
      await new Promise((resolve) => setTimeout(resolve, limits.tpmWait.value * attempt));
    }
  }
  socket.on('error', () => undefined);
  const turns = new Turns();
  return {
    send: (command) => turns.take(() => exchange(socket, command, lostError)),
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

function exchange(socket: Socket, command: Uint8Array, lostError: () => TpmError): Promise<Uint8Array> {
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
    const timer = setTimeout(() => fail(lostError()), limits.tpm.value);
    const onClose = () => fail(lostError());
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
      fail(lostError());
      return;
    }
    socket.on('data', onData).once('close', onClose);
    socket.write(command);
  });
}

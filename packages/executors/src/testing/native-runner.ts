/**
 * A runner without any interpreter layer, for tests of what stands around it: the code is JavaScript, and Node gives it all
 * that it asks for. `code(host)` may return the result. Imports nothing of ours.
 */
import { readSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';

interface Head {
  readonly type: string;
  readonly [key: string]: unknown;
}

function readFull(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; ) {
    const got = readSync(0, bytes, at, length - at, null);
    if (got === 0) process.exit(0);
    at += got;
  }
  return bytes;
}

function receive(): { head: Head; body: Buffer } {
  const prefix = readFull(8);
  const head = JSON.parse(readFull(prefix.readUInt32BE(0)).toString()) as Head;
  return { head, body: readFull(prefix.readUInt32BE(4)) };
}

function raw(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at);
}

function send(head: Head, body: Uint8Array = Buffer.alloc(0)): void {
  const text = Buffer.from(JSON.stringify(head));
  const prefix = Buffer.alloc(8);
  prefix.writeUInt32BE(text.length, 0);
  prefix.writeUInt32BE(body.length, 4);
  raw(Buffer.concat([prefix, text, body]));
}

function ask(head: Head, body?: Uint8Array): { head: Head; body: Buffer } {
  send(head, body);
  const answer = receive();
  const { type, message, code } = answer.head;
  if (type === 'error') throw Object.assign(new Error(String(message)), { code });
  return answer;
}

const host = {
  require: createRequire(import.meta.url),
  job: { type: 'job' } as Head,
  send,
  raw,
  ask,
  open: (input: string) => ask({ type: 'open', input }).head['handle'],
  create: (output: string) => ask({ type: 'create', output }).head['handle'],
  read: (handle: number, length: number) => ask({ type: 'read', handle, length }).body,
  write: (handle: number, bytes: Uint8Array) => ask({ type: 'write', handle }, bytes),
  close: (handle: number) => ask({ type: 'close', handle }),
};

type AsyncFunction = (parameter: string, body: string) => (with_: typeof host) => Promise<unknown>;

send({ type: 'ready', protocol: 1 });
const { body: code } = receive();
host.job = receive().head;
try {
  const { constructor: compile } = Object.getPrototypeOf(async () => undefined) as {
    constructor: AsyncFunction;
  };
  const run = compile('host', code.toString());
  const result = await run(host);
  send({ type: 'done' }, Buffer.from(typeof result === 'string' ? result : (JSON.stringify(result) ?? '')));
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  send({ type: 'failed', message, ...(error instanceof Error && 'code' in error && { code: error.code }) });
}
process.exit(0);

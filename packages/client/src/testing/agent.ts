/** An agent of our own for tests, in this process: an honest one, and one that answers whatever a test says. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageTypes } from '../agent/messages.ts';
import { SshReader, sshString, uint32 } from '../agent/wire.ts';

export interface TestKey {
  readonly comment: string;
  readonly blob: Uint8Array;
  /** Undefined: it has a key that it does not sign with. */
  readonly privateKey?: KeyObject | undefined;
}

/** Frames to send, or nothing. */
type Answer = (message: Buffer) => Uint8Array | undefined;

const concat = (...parts: readonly (Uint8Array | string)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? sshString(part) : part)));

export function ed25519Key(comment: string): TestKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  return { comment, privateKey, blob: concat('ssh-ed25519', sshString(raw)) };
}

export function p256Key(comment: string): TestKey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const point = publicKey.export({ type: 'spki', format: 'der' }).subarray(-65);
  return { comment, privateKey, blob: concat('ecdsa-sha2-nistp256', 'nistp256', sshString(point)) };
}

/** A key of another kind: its type, and bytes that nobody looks at. */
export const strangeKey = (type: string, comment = type): TestKey => ({
  comment,
  blob: concat(type, sshString(new Uint8Array(64))),
});

/** As the agent's framing has it. */
export const framed = (...parts: readonly (Uint8Array | string)[]): Uint8Array => sshString(concat(...parts));
export const failure: Uint8Array = framed(Uint8Array.of(messageTypes.failure));

export const listOf = (keys: readonly TestKey[]): Uint8Array =>
  concat(
    Uint8Array.of(messageTypes.identitiesAnswer),
    uint32(keys.length),
    ...keys.flatMap(({ blob, comment }) => [sshString(blob), comment]),
  );

/** An unsigned number as SSH writes it, from 32 bytes. */
export function mpint(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte) => byte !== 0);
  const digits = start < 0 ? new Uint8Array() : bytes.subarray(start);
  return sshString((digits[0] ?? 0) > 0x7f ? concat(Uint8Array.of(0), digits) : digits);
}

export function signatureBy(privateKey: KeyObject, bytes: Uint8Array): Uint8Array {
  if (privateKey.asymmetricKeyType === 'ed25519')
    return concat('ssh-ed25519', sshString(sign(null, bytes, privateKey)));
  const both = sign('sha256', bytes, { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return concat(
    'ecdsa-sha2-nistp256',
    sshString(concat(mpint(both.subarray(0, 32)), mpint(both.subarray(32)))),
  );
}

export function honest(keys: readonly TestKey[]): Answer {
  return (message) => {
    const reader = new SshReader(message);
    const type = reader.byte();
    if (type === messageTypes.requestIdentities) return sshString(listOf(keys));
    if (type !== messageTypes.signRequest) return failure;
    const blob = Buffer.from(reader.string());
    const privateKey = keys.find((key) => blob.equals(key.blob))?.privateKey;
    if (!privateKey) return failure;
    const signature = signatureBy(privateKey, reader.string());
    return framed(Uint8Array.of(messageTypes.signResponse), sshString(signature));
  };
}

export class TestAgent {
  readonly socket: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'gaiwan-agent-'));
  readonly #open = new Set<Socket>();
  readonly #server = createServer((connection) => this.#serve(connection));
  /** Ends each connection after its answer; an agent that does not answers as many questions as come. */
  readonly #ends: boolean;
  answer: Answer;
  /** Requests for signatures so far. */
  signatures = 0;

  private constructor(answer: Answer, ends: boolean) {
    this.answer = answer;
    this.#ends = ends;
    this.socket = join(this.#folder, 'agent.sock');
  }

  static async start(answer: Answer, { ends = false }: { readonly ends?: boolean } = {}): Promise<TestAgent> {
    const agent = new TestAgent(answer, ends);
    await agent.#listen();
    return agent;
  }

  #listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject).listen(this.socket, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
  }

  async #close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const connection of this.#open) connection.destroy();
    await closed;
  }

  /** At the same socket. */
  async restart(): Promise<void> {
    await this.#close();
    await this.#listen();
  }

  /** When the next question has arrived. */
  asked(): Promise<void> {
    return new Promise((resolve) => this.#server.once('asked', resolve));
  }

  #serve(connection: Socket): void {
    this.#open.add(connection);
    connection.on('error', () => undefined).once('close', () => this.#open.delete(connection));
    let received = Buffer.alloc(0);
    connection.on('data', (part: Buffer) => {
      received = Buffer.concat([received, part]);
      while (received.length >= 4 && received.length >= 4 + received.readUInt32BE()) {
        const length = 4 + received.readUInt32BE();
        const message = received.subarray(4, length);
        received = received.subarray(length);
        if (message[0] === messageTypes.signRequest) this.signatures++;
        const answer = this.answer(message);
        if (answer) connection.write(answer);
        if (answer && this.#ends) connection.end();
        this.#server.emit('asked');
      }
    });
  }

  async stop(): Promise<void> {
    await this.#close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

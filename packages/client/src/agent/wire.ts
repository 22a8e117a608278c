/** How SSH writes bytes, texts and numbers (RFC 4251, section 5). What an agent says is a stranger's: nothing is read beyond its end. */
import { GaiwanError } from '../errors.ts';

const utf8 = new TextDecoder();

/** Every method throws `GaiwanError` (bad-agent) for bytes that end too early. */
export class SshReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  byte(): number {
    const [value = 0] = this.#take(1);
    return value;
  }

  uint32(): number {
    return uint32At(this.#take(4));
  }

  /** Bytes, as SSH's `string` has them. */
  string(): Uint8Array {
    return this.#take(this.uint32());
  }

  /** What is no UTF-8 is replaced. */
  text(): string {
    return utf8.decode(this.string());
  }

  /** Throws where more follows. */
  end(): void {
    if (this.#at !== this.#bytes.length) throw badAgent('more follows where its answer should end');
  }

  #take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#at) throw badAgent('its answer ends too early');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

/** The first four bytes as a number. */
export const uint32At = (bytes: Uint8Array): number =>
  new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);

export function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** Bytes or a text, preceded by their length. */
export function sshString(content: Uint8Array | string): Uint8Array {
  const bytes = Buffer.from(content);
  return Buffer.concat([uint32(bytes.length), bytes]);
}

export const badAgent = (why: string): GaiwanError =>
  new GaiwanError('bad-agent', `What answers is no agent, or a faulty one: ${why}.`);

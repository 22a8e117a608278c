/** Ways to a TPM that tests interrupt: cut off, held up, lied on. */
import { TpmError, type TpmTransport } from '../tpm2/index.ts';

const lost = () => new TpmError('tpm-unreachable', 'The way to the TPM was cut.');

/** Bytes 6 to 9 of a command. */
export const commandCode = (command: Uint8Array): number =>
  Buffer.from(command.buffer, command.byteOffset, command.length).readUInt32BE(6);

export interface Cut {
  /** Which command is the first that is cut off, from 0. */
  readonly at: number;
  /** Whether the TPM carries that one out, and only its answer is lost. */
  readonly carriedOut: boolean;
}

/** Counts the commands that go over a transport, and cuts it. The transport under it stays open. */
export class CutTransport implements TpmTransport {
  sent = 0;
  readonly #under: TpmTransport;
  readonly #cut: Cut | undefined;

  constructor(under: TpmTransport, cut?: Cut) {
    this.#under = under;
    this.#cut = cut;
  }

  async send(command: Uint8Array): Promise<Uint8Array> {
    const at = this.sent++;
    if (this.#cut === undefined || at < this.#cut.at) return this.#under.send(command);
    if (at === this.#cut.at && this.#cut.carriedOut) await this.#under.send(command);
    throw lost();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Does something before a command, once. */
export class HeldUpTransport implements TpmTransport {
  sent = 0;
  readonly #under: TpmTransport;
  readonly #at: number;
  readonly #before: () => Promise<void>;

  constructor(under: TpmTransport, at: number, before: () => Promise<void>) {
    this.#under = under;
    this.#at = at;
    this.#before = before;
  }

  async send(command: Uint8Array): Promise<Uint8Array> {
    if (this.sent++ === this.#at) await this.#before();
    return this.#under.send(command);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Answers some commands itself. */
export const lyingTransport = (
  under: TpmTransport,
  answer: (command: Uint8Array, genuine: () => Promise<Uint8Array>) => Promise<Uint8Array>,
): TpmTransport => ({
  send: (command) => answer(command, () => under.send(command)),
  close: () => Promise.resolve(),
});

/** One answer of an agent, as it arrives in parts: four bytes of length, then the message. */
import { limits } from '../limits.ts';
import { badAgent, uint32At } from './wire.ts';

const HEAD = 4;

export class AnswerFrame {
  readonly #head = new Uint8Array(HEAD);
  #message: Uint8Array | undefined;
  #received = 0;

  /** The message, once it is whole. Throws `GaiwanError` (bad-agent) for a length that no answer has. */
  take(part: Uint8Array): Uint8Array | undefined {
    const rest = this.#message ? part : this.#takeHead(part);
    const message = this.#message;
    if (!message) return undefined;
    const missing = message.length - (this.#received - HEAD);
    // What follows a whole answer is none to our one question, and is not looked at.
    const wanted = rest.subarray(0, missing);
    message.set(wanted, message.length - missing);
    this.#received += wanted.length;
    return wanted.length === missing ? message : undefined;
  }

  #takeHead(part: Uint8Array): Uint8Array {
    const wanted = part.subarray(0, HEAD - this.#received);
    this.#head.set(wanted, this.#received);
    this.#received += wanted.length;
    if (this.#received === HEAD) {
      const length = uint32At(this.#head);
      if (length === 0 || length > limits.agentMessage.value)
        throw badAgent(`it announces an answer of ${length} bytes`);
      this.#message = new Uint8Array(length);
    }
    return part.subarray(wanted.length);
  }
}

import { inspect } from 'node:util';

/** A string that no logger can print by accident. */
export class Secret {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }

  /** The secret itself: keep the result as short as possible. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}

export function reveal(secret: Secret | string): string {
  return typeof secret === 'string' ? secret : secret.reveal();
}

/** An anchor in memory, which can be made to fail. */

import { CodedError } from '@gaiwan/errors';
import type { StateAnchor } from '../anchor.ts';
import { isSameHead, type StoreHead } from '../embedded/head.ts';

class Unreadable extends CodedError<'unreadable'> {
  override readonly name = 'Unreadable';
}

export class MemoryAnchor implements StateAnchor {
  state: StoreHead | undefined;
  /** Rejects without doing anything; `lost`: does it, and its answer is lost; `unreadable`: keeps what is no state. */
  fails: 'no' | 'always' | 'lost' | 'unreadable' = 'no';
  /** An advance waits for it. */
  gate: Promise<void> = Promise.resolve();
  /** Advances that were asked for. */
  asked = 0;

  async read(): Promise<StoreHead | undefined> {
    this.#requireAnswer();
    return this.state;
  }

  async advance(from: StoreHead | undefined, to: StoreHead): Promise<void> {
    this.asked++;
    await this.gate;
    this.#requireAnswer();
    if (!isSameHead(from, this.state)) throw new Error('moved');
    this.state = to;
    if (this.fails === 'lost') throw new Error('the answer was lost');
  }

  #requireAnswer(): void {
    if (this.fails === 'always') throw new Error('no answer');
    if (this.fails === 'unreadable') throw new Unreadable('unreadable', 'what is kept is no state');
  }
}

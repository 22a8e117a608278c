/** An anchor in memory, which can be made to fail. */

import type { StateAnchor } from '../anchor.ts';
import { isSameHead, type StoreHead } from '../embedded/head.ts';

export class MemoryAnchor implements StateAnchor {
  state: StoreHead | undefined;
  /** Rejects without doing anything; `lost`: does it, and its answer is lost. */
  fails: 'no' | 'always' | 'lost' = 'no';
  /** An advance waits for it. */
  gate: Promise<void> = Promise.resolve();
  /** Advances that were asked for. */
  asked = 0;

  async read(): Promise<StoreHead | undefined> {
    if (this.fails === 'always') throw new Error('no answer');
    return this.state;
  }

  async advance(from: StoreHead | undefined, to: StoreHead): Promise<void> {
    this.asked++;
    await this.gate;
    if (this.fails === 'always') throw new Error('no answer');
    if (!isSameHead(from, this.state)) throw new Error('moved');
    this.state = to;
    if (this.fails === 'lost') throw new Error('the answer was lost');
  }
}

/** What remembers the newest state outside of the disk. It is right, but at times slow, and at times its answer gets lost. */
import type { StateAnchor, StoreHead } from '@gaiwan/store';
import type { Faults } from '../physics/faults.ts';
import type { Loop } from '../physics/loop.ts';

/** Milliseconds. More than a commit waits for it. */
const SLOW = 40_000;
const QUICK = 2;

export class SimulatedAnchor implements StateAnchor {
  readonly #loop: Loop;
  readonly #faults: Faults;
  #state: StoreHead | undefined;

  constructor(loop: Loop, faults: Faults) {
    this.#loop = loop;
    this.#faults = faults;
  }

  async read(): Promise<StoreHead | undefined> {
    await this.#loop.sleep(this.#faults.comes('slow anchor') ? SLOW : QUICK);
    return this.#state;
  }

  async advance(from: StoreHead | undefined, to: StoreHead): Promise<void> {
    await this.#loop.sleep(this.#faults.comes('slow anchor') ? SLOW : QUICK);
    if (shown(from) !== shown(this.#state)) throw new Error('the anchor has another state');
    this.#state = to;
    if (this.#faults.comes('unanswered anchor')) throw new Error('the answer was lost');
  }
}

const shown = (head: StoreHead | undefined): string =>
  head ? `${head.epoch} ${head.commits} ${Buffer.from(head.digest).toString('hex')}` : '';

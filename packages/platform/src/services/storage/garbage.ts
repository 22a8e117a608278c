/**
 * V8 sees a network buffer as a few bytes and lets 100 MiB of them pile up in a long transfer. A young collection each
 * 16 MiB (well under a millisecond) keeps a transfer's memory constant.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
// The context has it once the flag is set, and no type says so.
const collect = runInNewContext('gc') as (options: { type: 'minor' | 'major' }) => void;

const EVERY = 16 << 20;

/** Call it with the bytes that have passed. */
export class Sweeper {
  #bytes = 0;

  count(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < EVERY) return;
    this.#bytes = 0;
    collect({ type: 'minor' });
  }
}

/** What remembers the store's newest state outside of its folder, as the store sees it. */
import type { KeyObject } from 'node:crypto';
import type { StoreHead } from './embedded/head.ts';

/** For one store alone. What it rejects with is asked again, but where another state turns out to be anchored. */
export interface StateAnchor {
  /** Where it is there, it is called before anything else: with a secret that is the store's own, and the same for its life. */
  unlock?(secret: KeyObject): void;
  /** The newest state that was anchored; undefined where nothing ever was. Rejects with a `CodedError` `unreadable` where it keeps what is no state. */
  read(): Promise<StoreHead | undefined>;
  /** From exactly that state to a newer one, durably. */
  advance(from: StoreHead | undefined, to: StoreHead): Promise<void>;
}

export interface AnchorOptions {
  readonly anchor: StateAnchor;
  /** Milliseconds between two advances. Absent: it is advanced before each commit is acknowledged. */
  readonly interval?: number;
  /** Milliseconds that a start or a commit waits for an anchor that does not answer. Default: `limits.anchorWait`. */
  readonly wait?: number;
  /** As `wait`, once the store is about to be closed. Default: `limits.anchorStopWait`. */
  readonly stopWait?: number;
}

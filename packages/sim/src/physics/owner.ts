/** To whom what happens belongs: a timer that a process has set happens in that process, or not at all. */
import { AsyncLocalStorage } from 'node:async_hooks';

/** What is to happen at some time. */
export interface Ticket {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
  /** Nobody's: of the world itself. */
  readonly owner: Owner | undefined;
  /** Has it come from outside of its owner? A timer has not. */
  readonly isMessage: boolean;
  cancelled: boolean;
}

export interface Owner {
  /** Whether it happens now; where not, it happens later or never, as the owner sees fit. */
  takes(ticket: Ticket): boolean;
}

const current = new AsyncLocalStorage<Owner | undefined>();

/** Whose code runs now. */
export const ownerNow = (): Owner | undefined => current.getStore();
/** Runs it, and whatever it leads to, as an owner's. */
export const runAs = <T>(owner: Owner | undefined, act: () => T): T => current.run(owner, act);

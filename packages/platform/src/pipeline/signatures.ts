/** The step of a call in which its signature is checked. */
import type { AccessResource, Caller } from '../ports.ts';

/** What a signature is over, apart from the platform's own name, a nonce and the time. */
export interface Statement {
  readonly caller: Caller;
  readonly action: string;
  /** What the action is done to; empty where it is the platform as a whole. */
  readonly resources: readonly AccessResource[];
  readonly request: unknown;
  /** The call's metadata, where the signature travels; '' for what was not sent. */
  readonly header: (name: string) => string;
}

export interface SignatureCheck {
  /** Rejects with `PlatformError` unless the caller's own key vouches for exactly this. */
  verify(statement: Statement): Promise<void>;
}

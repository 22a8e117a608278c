/** The step of a call in which its signature is checked. */
import type { ApprovalSignature } from '@gaiwan/protocol';
import type { Caller } from '../ports.ts';

/** What a signature is over, apart from the platform's instance, a nonce and the time. */
export interface SignedCall {
  readonly caller: Caller;
  readonly action: string;
  readonly request: unknown;
  /** The request as the wire carries it, with its fields in order and no unknown ones. */
  readonly bytes: () => Uint8Array;
  /** The call's metadata, where the signature travels; '' for what was not sent. */
  readonly header: (name: string) => string;
}

/** What a call rests on. */
export type Proof =
  /** The session of an account that has no key: there is nothing stronger to ask for. */
  | { readonly by: 'password' }
  /** The session alone, of an account that has a key: it is told what lists and statuses tell, and no result. */
  | { readonly by: 'session' }
  /** The account's key, over exactly this call. */
  | { readonly by: 'key'; readonly signature: ApprovalSignature };

/** May the caller see results, logs and code, where policies permit it? */
export const seesResults = ({ by }: Proof): boolean => by !== 'session';

export interface SignatureCheck {
  /** Throws `PlatformError` unless the call rests on what its method wants of this account. Asked once for each call. */
  verify(call: SignedCall): Proof;
}

import type { Reason } from '@gaiwan/attestation';

/** The other side is not one that the policy accepts. Nothing was sent to it. */
export class UntrustedPeer extends Error {
  override readonly name = 'UntrustedPeer';
  readonly code = 'untrusted-peer';
  readonly reason: Reason | 'no-certificate' | 'no-endorsements';
  constructor(reason: UntrustedPeer['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

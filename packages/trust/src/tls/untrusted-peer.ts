import type { Reason } from '@gaiwan/attestation';
import { CodedError, type RefusalTable } from '@gaiwan/errors';

export const untrustedPeerRefusals = {
  'untrusted-peer': {
    meaning:
      'The other side of a connection is not a program, on a machine, that the policy accepts; nothing but a nonce was sent to it.',
    remedy:
      'Read `reason` (docs/attestation/README.md lists all; beside them `no-certificate`: it presented none, `no-endorsements`: nobody vouches for its machine, `connection-binding`: its evidence is not about this connection, so that somebody who stole a key may stand in between, `wrong-instance`: it is another instance than the one that is meant), and compare the address, the policy and the endorsements.',
  },
} as const satisfies RefusalTable;

/** The other side is not one that the policy accepts. Nothing but a nonce was sent to it. */
export class UntrustedPeer extends CodedError<keyof typeof untrustedPeerRefusals> {
  override readonly name = 'UntrustedPeer';
  /** Why: of the evidence, because there was none to judge, or because it is about another connection or instance. */
  readonly reason: Reason | 'no-certificate' | 'no-endorsements' | 'connection-binding' | 'wrong-instance';

  constructor(reason: UntrustedPeer['reason'], message: string, options?: ErrorOptions) {
    super('untrusted-peer', message, options);
    this.reason = reason;
  }
}

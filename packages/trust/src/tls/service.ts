/** Trust in a service: what it may run, and on which machines. */
import type { Service } from '../reference/enclave-info.ts';
import { policiesFor, type ReferenceValues } from '../reference/policies.ts';
import { type PeerTrust, PeerVerifier } from './peer.ts';

/** As `PeerTrust`, with reference values in place of policies, so that it holds for every service of a platform. */
export interface ServiceTrust extends Omit<PeerTrust, 'policies'> {
  readonly reference: ReferenceValues;
}

/**
 * The verifier for one service of a platform.
 *
 * @throws as `policiesFor` does
 */
export function serviceVerifier({ reference, ...roots }: ServiceTrust, service: Service): PeerVerifier {
  return new PeerVerifier({ ...roots, policies: policiesFor(reference, service) });
}

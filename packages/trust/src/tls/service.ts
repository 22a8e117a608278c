/** Trust in a service: what it may run, and on which machines. */
import type { Service } from '../reference/enclave-info.ts';
import { policiesFor, type ReferenceValues } from '../reference/policies.ts';
import { type PeerTrust, PeerVerifier } from './peer.ts';

export interface ServiceTrust extends Omit<PeerTrust, 'policies'> {
  readonly reference: ReferenceValues;
}

/** Throws as `policiesFor` does. */
export function serviceVerifier({ reference, ...roots }: ServiceTrust, service: Service): PeerVerifier {
  return new PeerVerifier({ ...roots, policies: policiesFor(reference, service) });
}

/** Trust in a service: what it may run, and on which machines. */
import type { Service } from '../auditors/index.ts';
import { type PeerTrust, PeerVerifier } from '../tls/peer.ts';
import { policiesFor, type ReferenceValues } from './reference.ts';

export interface ServiceTrust extends Omit<PeerTrust, 'policies'> {
  readonly reference: ReferenceValues;
}

/** Throws as `policiesFor` does. */
export function serviceVerifier({ reference, ...roots }: ServiceTrust, service: Service): PeerVerifier {
  return new PeerVerifier({ ...roots, policies: policiesFor(reference, service) });
}

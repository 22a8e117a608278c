/** The evidence inside a certificate, as what it is. */

import { detect } from '../detect.ts';
import type { Evidence } from '../evidence.ts';
import { parseCertificates } from '../x509/chain.ts';
import { embeddedEvidence } from './extract.ts';

/** The first evidence of a certificate; everything else as it is; undefined for a certificate without any. Throws `Refusal`. */
export function innerEvidence(evidence: Evidence): Evidence | undefined {
  if (evidence.kind !== 'ra-tls') return evidence;
  const [leaf] = parseCertificates(evidence.certificate);
  const found = leaf && embeddedEvidence(leaf).find(({ convention }) => convention !== 'teaclave');
  return found && detect(found.evidence);
}

/** Trust in machines whose vendors vouch for them. */
import { amdSource, cachedSource, firstOf, intelSource, memorySource } from '@gaiwan/attestation/sources';
import { fileSource } from '@gaiwan/attestation/sources/files';
import type { RootsOfTrust } from './roots.ts';

export interface VendorSettings {
  /** A PCCS in place of Intel's own service. */
  readonly pccs?: string;
  /** A folder, or file, in place of any service. */
  readonly endorsements?: string;
}

/** The vendors' pinned roots; endorsements from their services, remembered while they are valid, or from a folder. */
export function vendorTrust({ pccs, endorsements }: VendorSettings = {}): RootsOfTrust {
  if (endorsements !== undefined) return { endorsements: fileSource(endorsements) };
  const intel = intelSource(
    pccs === undefined ? {} : { url: pccs, rootCrlUrl: `${pccs}/sgx/certification/v4/rootcacrl` },
  );
  // Nitro documents and TPM quotes carry what vouches for them, or rest on roots that the caller gives.
  return { endorsements: firstOf(cachedSource(intel), cachedSource(amdSource()), memorySource({})) };
}

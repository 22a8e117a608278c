/** Trust in machines whose vendors vouch for them. */
import type { Endorsements } from '@gaiwan/attestation';
import {
  amdSource,
  cachedSource,
  type EndorsementSource,
  firstOf,
  intelSource,
  memorySource,
} from '@gaiwan/attestation/sources';
import { fileSource } from '@gaiwan/attestation/sources/files';
import type { RootsOfTrust } from './roots.ts';

/** Where endorsements of the vendors come from. */
export interface VendorSettings {
  /** A PCCS in place of Intel's own service. */
  readonly pccs?: string;
  /** A folder, or file, in place of any service. */
  readonly endorsements?: string;
  /**
   * Leave out of the folder what proves nothing by itself (keys of Arm platforms, of results, of a TPM): for services, whose operator
   * would have to be believed. Default: false, for a relying party's own folder.
   */
  readonly provenOnly?: boolean;
}

/** Keeps only what a vendor's pinned root vouches for. */
function keepProven(source: EndorsementSource): EndorsementSource {
  return {
    async endorsements(evidence) {
      const found: Endorsements = await source.endorsements(evidence);
      const { publicKey: _key, results: _results, trustedAk: _ak, activatedName: _name, ...rest } = found;
      return rest;
    },
  };
}

/**
 * The vendors' pinned roots; endorsements from their services, remembered while they are valid, or from a folder.
 *
 * @example
 * ```ts
 * const verifier = new PeerVerifier({ ...vendorTrust(), policies });
 * ```
 */
export function vendorTrust({ pccs, endorsements, provenOnly }: VendorSettings = {}): RootsOfTrust {
  if (endorsements !== undefined) {
    const source = fileSource(endorsements);
    return { endorsements: provenOnly ? keepProven(source) : source };
  }
  const intel = intelSource(
    pccs === undefined ? {} : { url: pccs, rootCrlUrl: `${pccs}/sgx/certification/v4/rootcacrl` },
  );
  // Nitro documents and TPM quotes carry what vouches for them, or rest on roots that the caller gives.
  return { endorsements: firstOf(cachedSource(intel), cachedSource(amdSource()), memorySource({})) };
}

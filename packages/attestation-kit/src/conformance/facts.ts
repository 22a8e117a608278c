/** What expectations of vectors say of verified evidence. */
import type { Verified } from '@gaiwan/attestation';

/** Facts by the names of the format. */
export function factsOf(verified: Verified): Record<string, unknown> {
  switch (verified.kind) {
    case 'sgx':
    case 'tdx': {
      const { body } = verified.quote;
      return {
        ...verified.tcb,
        debug: body.debug,
        ...('septVeDisable' in body && { septVeDisable: body.septVeDisable }),
      };
    }
    case 'snp':
      return {
        debug: verified.debug,
        migrationAllowed: verified.migrationAllowed,
        product: verified.product,
      };
    case 'nitro':
      return { debug: verified.debug };
    case 'tpm':
      return { eventDataTrusted: verified.eventLog?.dataTrusted ?? true };
    case 'ra-tls':
      return factsOf({ ...verified, ...verified.inner });
    default:
      return {};
  }
}

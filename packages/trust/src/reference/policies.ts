/** Where reference values come from: auditors, or an explicit policy. Never from the peer, and nothing is built in. */
import { checkPolicy, type Policy } from '@gaiwan/attestation';
import { measurementsFor, type Service } from './enclave-info.ts';
import { type Auditors, checkAuditors } from './signatures.ts';

/** What a service may run: an enclave info that auditors have signed, or policies of one's own. */
export type ReferenceValues =
  | {
      /** `enclave_info.toml`. */
      readonly enclaveInfo: Uint8Array;
      readonly signatures: readonly Uint8Array[];
      readonly auditors: Auditors;
      /** What else is asked for, e.g. which TCB statuses are accepted. Without measurements. */
      readonly policy?: Policy;
    }
  | {
      /** For every service. One of them must accept. */
      readonly policies: readonly Policy[];
    };

/**
 * Policies for one service.
 *
 * @throws {AuditError} where signatures of auditors are missing or wrong
 * @throws {EnclaveInfoError} for an enclave info that is not one, or has no table for the service
 * @throws {PolicyError} for a policy with unknown fields
 * @example
 * ```ts
 * const reference = { enclaveInfo, signatures, auditors: { keys: [anna, bert], needed: 2 } };
 * const policies = policiesFor(reference, 'teaclave_frontend_service');
 * ```
 */
export function policiesFor(reference: ReferenceValues, service: Service): readonly Policy[] {
  if ('policies' in reference) {
    for (const policy of reference.policies) checkPolicy(policy);
    return reference.policies;
  }
  const { enclaveInfo, signatures, auditors, policy = {} } = reference;
  checkAuditors(enclaveInfo, signatures, auditors);
  checkPolicy(policy);
  const { anyMeasurement: _never, ...others } = policy;
  return [{ ...others, measurements: measurementsFor(enclaveInfo, service) }];
}

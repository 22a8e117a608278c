/** Every class of errors of this package with its codes, for docs/errors.md. */
import { enclaveInfoRefusals } from './reference/enclave-info.ts';
import { auditRefusals } from './reference/signatures.ts';
import { simulationRefusals } from './simulation/error.ts';
import { untrustedPeerRefusals } from './tls/untrusted-peer.ts';

export const refusalTables = {
  AuditError: auditRefusals,
  EnclaveInfoError: enclaveInfoRefusals,
  SimulationError: simulationRefusals,
  UntrustedPeer: untrustedPeerRefusals,
} as const;

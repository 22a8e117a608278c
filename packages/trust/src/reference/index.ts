export {
  EnclaveInfoError,
  type EnclaveMeasurement,
  formatEnclaveInfo,
  measurementsFor,
  measurementsOf,
  parseEnclaveInfo,
  type Service,
  services,
} from './enclave-info.ts';
export { AuditError, type Auditors, auditorKey, checkAuditors, signEnclaveInfo } from './signatures.ts';

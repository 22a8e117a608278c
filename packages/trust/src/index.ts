/** @gaiwan/trust: what a relying party needs, outside of any TEE, to judge programs inside of one and to talk to them. */
export { type Judgement, type JudgeSettings, judge } from './judgement/judge.ts';
export type { RootsOfTrust } from './judgement/roots.ts';
export { type VendorSettings, vendorTrust } from './judgement/vendors.ts';
export { compositeMeasurement } from './reference/composite.ts';
export {
  EnclaveInfoError,
  type EnclaveMeasurement,
  formatEnclaveInfo,
  measurementsFor,
  measurementsOf,
  parseEnclaveInfo,
  type Service,
  services,
} from './reference/enclave-info.ts';
export { policiesFor, type ReferenceValues } from './reference/policies.ts';
export {
  AuditError,
  type Auditors,
  auditorKey,
  checkAuditors,
  signEnclaveInfo,
} from './reference/signatures.ts';
export { SimulationError } from './simulation/error.ts';
export { readSimulationTrust, type SimulationTrust, simulationTrustFiles } from './simulation/folder.ts';
export { type Measured, type SimulatedRegisters, simulatedRegisters } from './simulation/registers.ts';
export { simulationRoots, simulationTrust } from './simulation/roots.ts';
export {
  isStatedBy,
  type PlatformState,
  RUN_BYTES,
  type SeenState,
  STATE_BYTES,
  type StatedState,
  stateStatement,
} from './state/platform-state.ts';
export type { AboutConnection } from './tls/about-connection.ts';
export { type AgentSettings, AttestedAgent } from './tls/agent.ts';
export { askOverHttp1 } from './tls/ask.ts';
export {
  type AttestedConnection,
  type ClientIdentity,
  type ConnectSettings,
  connectAttested,
  presentedCertificate,
} from './tls/connect.ts';
export {
  CONNECTION_BYTES,
  type Connection,
  clientConnectionBinding,
  connectionBinding,
  exporterOf,
  ownEndOf,
  ownKeyOf,
} from './tls/connection.ts';
export {
  CONNECTION_EVIDENCE_PATH,
  connectionAnswer,
  readConnectionAnswer,
  readConnectionQuestion,
} from './tls/connection-json.ts';
export { Deadline } from './tls/deadline.ts';
export { InstancePin } from './tls/instance.ts';
export {
  type CertificateChecks,
  MAXIMUM_AGE,
  type PeerTrust,
  PeerVerifier,
  type VerifiedCertificate,
  type VerifiedPeer,
} from './tls/peer.ts';
export { type ServiceTrust, serviceVerifier } from './tls/service.ts';
export {
  type SessionSigningKey,
  sessionSigningClaim,
  sessionStatement,
} from './tls/session-signing.ts';
export { type SocketSettings, verifySocket } from './tls/socket.ts';
export { UntrustedPeer } from './tls/untrusted-peer.ts';
export {
  type ConfirmedPeer,
  type ConnectionChecks,
  type ConnectionEvidence,
  verifyConnection,
} from './tls/verify-connection.ts';

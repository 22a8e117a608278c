export { type AttestedCertificate, attestedCertificate, type CertificateSettings } from './certificate.ts';
export { ConnectionAnswers } from './connection-answers.ts';
export {
  AttestedIdentity,
  type FreshClaim,
  type IdentitySettings,
  type OwnEnd,
  type OwnEvidence,
} from './identity.ts';
export { followRenewals, peerOf, requirePeers, serverOptions } from './server.ts';

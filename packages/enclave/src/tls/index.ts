export { AttestedAgent } from './agent.ts';
export { type AttestedCertificate, attestedCertificate, type CertificateSettings } from './certificate.ts';
export {
  type AttestedConnection,
  type ConnectSettings,
  connectAttested,
  presentedCertificate,
} from './client.ts';
export { AttestedIdentity, type IdentitySettings } from './identity.ts';
export {
  MAXIMUM_AGE,
  type PeerTrust,
  PeerVerifier,
  UntrustedPeer,
  type VerifiedCertificate,
  type VerifiedPeer,
} from './peer.ts';
export { followRenewals, peerOf, requirePeers, serverOptions } from './server.ts';

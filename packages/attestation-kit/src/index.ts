/** @gaiwan/attestation-kit: everything that makes what `@gaiwan/attestation` verifies; here keys, certificates, results and bindings. */
export { boolean, ia5, int, octets, oid, sequence, time, utf8 } from './issue/der.ts';
export { issueEar } from './issue/ear.ts';
export { type Signer, signJwt } from './issue/jwt.ts';
export { ecKey, importEcKey, importRsaKey, rsaKey, type SigningKey } from './issue/keys.ts';
export {
  type CertificateOptions,
  type CrlOptions,
  type IssuedCertificate,
  issueCertificate,
  issueCrl,
  name,
  pem,
} from './issue/x509.ts';
export { type BoundClaims, bindKey, evidenceBytes, type KeyBinding, taggedEvidence } from './ratls/bind.ts';

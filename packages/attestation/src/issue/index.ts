/** Writing what the rest of this package reads: keys, certificates, revocation lists. */
export { boolean, ia5, int, octets, oid, sequence, utf8 } from './der.ts';
export { ecKey, importEcKey, importRsaKey, rsaKey, type SigningKey } from './keys.ts';
export {
  type CertificateOptions,
  type CrlOptions,
  type IssuedCertificate,
  issueCertificate,
  issueCrl,
  name,
  pem,
} from './x509.ts';

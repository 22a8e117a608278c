/** Certificates (RFC 5280) as chains of attestation have them. */
export { type Certificate, commonName, keyUsage, parseCertificate } from './certificate.ts';
export { isSimulatedRoot, SIMULATED_ROOT } from './simulated.ts';

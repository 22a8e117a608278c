/**
 * Steps of verification by themselves, for conformance suites: what can still be said of evidence that nobody can verify as a
 * whole. A step that holds is no verdict; applications call `verify`.
 */
export { type Hardware, verifyAzure } from './azure/verify.ts';
export type { TdReport } from './dcap/body.ts';
export { type IasReport, iasSignatureFits, parseIasReport } from './dcap/ias.ts';
export { checkAttestationKey, type QuoteSignatures, verifyDcapSignatures } from './dcap/verify.ts';
export { verifyRaTls } from './ratls/verify.ts';
export { sealCredential } from './tpm/credential.ts';

/** @gaiwan/attestation: evidence in, verdict out. */
export { type Accepted, appraise, measurementsIn } from './appraise/appraise.ts';
export { checkPolicy, type Measurements, type Policy, PolicyError } from './appraise/policy.ts';
export { claimedMeasurements } from './appraise/registers.ts';
export type { AzureEvidence, VerifiedAzure } from './azure/verify.ts';
export { fromBase64, fromHex, toHex } from './bytes.ts';
export { type Cache, VerificationCache } from './cache.ts';
export type { Context, Roots } from './context.ts';
export { type Corim, corimClaims, parseCorim, referenceValues, type Triple } from './corim/corim.ts';
export { type Crypto, type Hash, type PublicKey, type SignatureScheme, spkiOf } from './crypto/crypto.ts';
export { parseEpidQuote } from './dcap/epid.ts';
export type { Pck } from './dcap/pck.ts';
export { parseQuote, type Quote } from './dcap/quote.ts';
export type { TcbStatus } from './dcap/status.ts';
export type { TcbEvaluation } from './dcap/tcb.ts';
export type { DcapEndorsements, VerifiedDcap } from './dcap/verify.ts';
export { detect, parseBundle } from './detect.ts';
export { type EnvelopeForm, type OpenedEvidence, openEvidence } from './envelope/open.ts';
export { type EventLog, type LogEvent, parseEventLog } from './eventlog/log.ts';
export { checkData, replay } from './eventlog/replay.ts';
export { type ReplayedLog, verifyEventLog } from './eventlog/verify.ts';
export type { Endorsements, Evidence, RaTlsEvidence } from './evidence.ts';
export { type Inspection, inspect } from './inspect.ts';
export { type NitroDocument, parseNitroDocument } from './nitro/document.ts';
export type { VerifiedNitro } from './nitro/verify.ts';
export {
  type EmbeddedEvidence,
  embeddedEvidence,
  RATLS_MEDIA_TYPE,
  TAGGED_EVIDENCE,
  TEACLAVE_REPORT,
} from './ratls/extract.ts';
export type { VerifiedRaTls } from './ratls/verify.ts';
export { type Reason, Refusal, reasons } from './refusal.ts';
export {
  EAR_PROFILE,
  type Ear,
  type EarStatus,
  type EarSubmodule,
  parseEar,
  type VerifiedEar,
} from './results/ear.ts';
export { type JwtAlgorithm, type JwtChecks, parseJwt, verifyJwt } from './results/jwt.ts';
export { decodeTcb, type Product, type TcbParts } from './snp/product.ts';
export { parseSnpReport, type SnpReport } from './snp/report.ts';
export { type CertificateTable, parseCertificateTable } from './snp/table.ts';
export type { SnpEndorsements, VerifiedSnp } from './snp/verify.ts';
export { type Challenge, makeCredential } from './tpm/credential.ts';
export { type VerifiedEk, verifyEk } from './tpm/ek.ts';
export { type NvEvidence, type VerifiedNv, verifyNvCertify } from './tpm/nv.ts';
export { nameOf, parseTpmPublic, qualifiedName, type TpmPublic } from './tpm/public.ts';
export type { PcrValues, TpmQuoteEvidence, VerifiedTpm } from './tpm/quote.ts';
export type { KeyTrust, TpmEndorsements } from './tpm/trust.ts';
export { contextOf, type Refused, type VerifyOptions } from './verdict.ts';
export { type Verified, type VerifiedEvidence, type VerifiedInner, verify } from './verify.ts';
export { parseCertificates } from './x509/chain.ts';

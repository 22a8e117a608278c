/**
 * A fake PKI: machines with the shapes of Intel, AMD, AWS, Arm and a TPM, under roots of their own, that make genuine
 * evidence of any content. For tests of verifiers and of policies; production roots refuse all of it.
 */

export { digest } from '../digest.ts';
export { ecKey, importEcKey, rsaKey, type SigningKey as FakeKey } from '../issue/keys.ts';
export { pem } from '../issue/x509.ts';
export {
  type CertificateOptions,
  type CrlOptions,
  FAKE_FROM,
  FAKE_NOW,
  FAKE_TO,
  type FakeCertificate,
  makeCertificate,
  makeCrl,
  makeRoot,
  type RootOptions,
} from '../simulated/certificates.ts';
export { tcbLevel } from '../simulated/collateral.ts';
export { type FakeIntel, fakeIntel } from '../simulated/intel.ts';
export type { IntelKeys, IntelOptions } from '../simulated/pki.ts';
export type { QuoteOptions } from '../simulated/quote-bytes.ts';
export {
  type AmdOptions,
  certificateTable,
  encodeTcb,
  type FakeAmd,
  fakeAmd,
  type ReportOptions,
} from './amd.ts';
export { type CcaOptions, type CcaTokens, collectCca, coseSign1, fakeArm } from './arm.ts';
export { type AwsOptions, type DocumentOptions, type FakeAws, fakeAws } from './aws.ts';
export {
  AK_ATTRIBUTES,
  type FakeEvent,
  type FakeQuoteOptions,
  type FakeTpm,
  fakeEventLog,
  fakeTpm,
} from './tpm.ts';

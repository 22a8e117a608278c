/**
 * Azure's confidential VMs: the chain hardware report -> runtime claims -> vTPM key -> quote -> PCRs. The caller's nonce
 * is in the quote and nowhere else.
 */
import { fromBase64Url, toHex } from '../bytes.ts';
import type { Context } from '../context.ts';
import { spkiOf } from '../crypto/crypto.ts';
import { jwkKey } from '../keys/jwk.ts';
import { Refusal } from '../refusal.ts';
import { type PcrValues, type VerifiedTpm, verifyTpmQuote } from '../tpm/quote.ts';
import type { RootFacts } from '../x509/roots.ts';
import { type HclReport, parseHclReport, runtimeKey } from './hcl.ts';

/** The parts that a confidential VM of Azure gathers. */
export interface AzureEvidence {
  /** Content of NV index 0x01400001. */
  readonly hclReport: Uint8Array;
  readonly attest: Uint8Array;
  /** TPMT_SIGNATURE, or else the bare RSASSA signature. */
  readonly signature?: Uint8Array;
  readonly rawSignature?: Uint8Array;
  readonly pcrs: PcrValues;
  readonly eventLog?: Uint8Array;
  /** TDX: the quote that the host makes of the TDREPORT. */
  readonly tdQuote?: Uint8Array;
}

/** What the judge of the hardware's evidence has to tell. `H`: its whole result. */
export interface Hardware<H extends RootFacts> {
  readonly verified: H;
  /** Hexadecimal. */
  readonly reportData: string;
  /** Fields of a TD report, hexadecimal, to compare with the TDREPORT. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Claims of the composite that are the hardware's. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** A genuine composite. `H`: the result for the hardware's evidence. */
export interface VerifiedAzure<H extends RootFacts> extends RootFacts {
  readonly kind: 'azure-vtpm';
  readonly claims: Readonly<Record<string, unknown>>;
  readonly hardware: H;
  readonly tpm: VerifiedTpm;
}

/** Offset and size in a TDREPORT (TDREPORT_STRUCT: 256 bytes of MAC structure, TEE_TCB_INFO, TDINFO at 512). */
const tdReportFields = [
  ['reportData', 128, 64],
  ['teeTcbSvn', 264, 16],
  ['mrSeam', 280, 48],
  ['mrSignerSeam', 328, 48],
  ['seamAttributes', 376, 8],
  ['tdAttributes', 512, 8],
  ['xfam', 520, 8],
  ['mrTd', 528, 48],
  ['mrConfigId', 576, 48],
  ['mrOwner', 624, 48],
  ['mrOwnerConfig', 672, 48],
  ['rtmr0', 720, 48],
  ['rtmr1', 768, 48],
  ['rtmr2', 816, 48],
  ['rtmr3', 864, 48],
] as const;

function checkTdReport(hcl: HclReport, body: Readonly<Record<string, unknown>>): void {
  for (const [name, at, size] of tdReportFields) {
    if (toHex(hcl.report.subarray(at, at + size)) !== body[name]) {
      throw new Refusal(
        'runtime-data-binding',
        `The quote is of another TD than the report: ${name} differs.`,
      );
    }
  }
}

function hardwareEvidence(hcl: HclReport, tdQuote: Uint8Array | undefined): Uint8Array {
  if (hcl.hardware === 'snp') return hcl.report;
  if (tdQuote === undefined) throw new Refusal('missing-evidence', 'The quote of the TD is missing.');
  return tdQuote;
}

/** Verifies a composite; `verifyHardware` judges the SNP report or TD quote inside. Throws `Refusal`. */
export async function verifyAzure<H extends RootFacts>(
  evidence: AzureEvidence,
  context: Context,
  verifyHardware: (kind: 'snp' | 'tdx', bytes: Uint8Array) => Promise<Hardware<H>>,
): Promise<VerifiedAzure<H>> {
  // 1. The hardware's report, or for TDX the quote that the host made of it, is genuine.
  const hcl = parseHclReport(evidence.hclReport);
  const hardware = await verifyHardware(hcl.hardware, hardwareEvidence(hcl, evidence.tdQuote));
  if (hcl.hardware === 'tdx') checkTdReport(hcl, hardware.body);
  // 2. Its report data are the hash of the runtime claims, and nothing else.
  const runtimeDigest = toHex(await context.crypto.digest('sha256', hcl.runtimeData));
  if (hardware.reportData !== runtimeDigest.padEnd(128, '0')) throw new Refusal('runtime-data-binding');
  // 3. The claims name the key of the vTPM.
  const ak = jwkKey(runtimeKey(hcl, 'HCLAkPub'));
  if (ak.type !== 'rsa') throw new Refusal('unsupported-key-type', 'The key of the vTPM is not RSA.');
  // 4. That key signed a quote over the PCRs.
  const { attest, signature, rawSignature, pcrs, eventLog } = evidence;
  const tpm = await verifyTpmQuote(
    {
      attest,
      pcrs,
      akKey: spkiOf(ak),
      ...(signature && { signature }),
      ...(rawSignature && { rawSignature }),
      ...(eventLog && { eventLog }),
    },
    {},
    context,
  );
  const modulus = fromBase64Url(String(runtimeKey(hcl, 'HCLAkPub')['n']));
  return {
    kind: 'azure-vtpm',
    claims: {
      hardware: hcl.hardware,
      runtimeDataSha256: runtimeDigest,
      reportData: hardware.reportData,
      akModulusSha256: toHex(await context.crypto.digest('sha256', modulus)),
      quoteExtraData: toHex(tpm.attest.extraData),
      pcrDigest: toHex(tpm.quote.pcrDigest),
      vmConfiguration: hcl.runtimeClaims['vm-configuration'],
      userData: hcl.runtimeClaims['user-data'],
      ...hardware.claims,
    },
    hardware: hardware.verified,
    simulated: hardware.verified.simulated || tpm.simulated,
    tpm: { ...tpm, keyTrust: 'hardware' },
  };
}

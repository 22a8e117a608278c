/** Verification of TPM 2.0 quotes: made by a TPM, over these PCR values, with a key of this trust. No policy. */
import { dictionary } from '@gaiwan/errors';
import { concat, equal, fromHex, toHex } from '../bytes.ts';
import type { Context } from '../context.ts';
import { hashBytes, type PublicKey } from '../crypto/crypto.ts';
import { pemBlocks } from '../der/pem.ts';
import { parseEventLog } from '../eventlog/log.ts';
import {
  checkData,
  describeSeparators,
  findUnexplained,
  repeatedSeparators,
  replay,
} from '../eventlog/replay.ts';
import { publicKeyOf } from '../keys/spki.ts';
import { Refusal } from '../refusal.ts';
import { isHash } from '../tcg/algorithms.ts';
import type { RootFacts } from '../x509/roots.ts';
import { type Attest, attestClaims, attestType, parseAttest, type QuoteBody, quoteBody } from './attest.ts';
import { isAttestationKey, parseTpmPublic, publicClaims, type TpmPublic } from './public.ts';
import {
  checkTpmSignature,
  parseTpmSignature,
  rawRsaSignature,
  type TpmOptions,
  type TpmSignature,
} from './signature.ts';
import { checkKeyTrust, type KeyTrust, type TpmEndorsements } from './trust.ts';

/** PCR values in hexadecimal, by name of the bank's hash and index. */
export type PcrValues = { readonly [bank: string]: { readonly [index: string]: string } };

/** The parts of a quote. */
export interface TpmQuoteEvidence {
  /** TPMS_ATTEST. */
  readonly attest: Uint8Array;
  /** TPMT_SIGNATURE. */
  readonly signature?: Uint8Array;
  /** In its place: a bare RSASSA-PKCS1 signature with SHA-256. */
  readonly rawSignature?: Uint8Array;
  /** TPMT_PUBLIC or TPM2B_PUBLIC of the attestation key. */
  readonly akPublic?: Uint8Array;
  /** In its place, without attributes: SubjectPublicKeyInfo, PEM or DER. */
  readonly akKey?: Uint8Array;
  readonly pcrs?: PcrValues;
  readonly eventLog?: Uint8Array;
}

/** A genuine TPM quote; `keyTrust` says who vouches for its key. */
export interface VerifiedTpm extends RootFacts {
  readonly kind: 'tpm';
  readonly claims: Readonly<Record<string, unknown>>;
  readonly attest: Attest;
  readonly quote: QuoteBody;
  readonly ak: TpmPublic | undefined;
  /** Quoted values, by bank and index, hexadecimal. */
  readonly pcrs: PcrValues;
  /** Who vouches that the key lives in a TPM. */
  readonly keyTrust: KeyTrust;
  /** Whether every quoted bank is of SHA-1. */
  readonly weakBanks: boolean;
  readonly eventLog?: {
    readonly dataTrusted: boolean;
    /** Registers with more than one separator. A policy refuses them unless it says otherwise. */
    readonly repeatedSeparators: readonly number[];
    readonly anomalies: readonly string[];
  };
}

function akOf(evidence: TpmQuoteEvidence): { key: PublicKey; ak: TpmPublic | undefined } {
  if (evidence.akPublic !== undefined) {
    const ak = parseTpmPublic(evidence.akPublic);
    if (!isAttestationKey(ak)) {
      throw new Refusal(
        'policy-key',
        'The key is not an attestation key: it could sign what no TPM made, or leave the TPM.',
      );
    }
    return { key: ak.key, ak };
  }
  if (evidence.akKey === undefined)
    throw new Refusal('missing-evidence', 'The public part of the attestation key is missing.');
  const [first] = evidence.akKey;
  const spki = first === 0x30 ? evidence.akKey : pemBlocks(evidence.akKey, 'PUBLIC KEY')[0];
  if (spki === undefined) throw new Refusal('malformed', 'The attestation key is neither DER nor PEM.');
  return { key: publicKeyOf(spki), ak: undefined };
}

function signatureOf(evidence: TpmQuoteEvidence): TpmSignature {
  if (evidence.signature !== undefined) return parseTpmSignature(evidence.signature);
  if (evidence.rawSignature !== undefined) return rawRsaSignature(evidence.rawSignature);
  throw new Refusal('missing-evidence', 'The signature of the quote is missing.');
}

/** The quoted values only, in the quote's order; each must be given. */
function quotedPcrs(quote: QuoteBody, given: PcrValues): { values: Uint8Array[]; pcrs: PcrValues } {
  const values: Uint8Array[] = [];
  const pcrs = dictionary<Record<string, string>>();
  for (const { hash, pcrs: indices } of quote.selections) {
    if (indices.length === 0) continue;
    if (!isHash(hash)) throw new Refusal('unsupported-algorithm', `PCRs of the bank ${hash} are quoted.`);
    const bank = pcrs[hash] ?? {};
    pcrs[hash] = bank;
    for (const index of indices) {
      const value: unknown = Object.hasOwn(given, hash) ? given[hash]?.[String(index)] : undefined;
      if (typeof value !== 'string')
        throw new Refusal(
          'pcr-digest-mismatch',
          `The value of PCR ${index} (${hash}) is quoted and not given.`,
        );
      const bytes = fromHex(value);
      // The digest is over the values one after another: cut at other places, the same bytes would be other values.
      if (bytes.length !== hashBytes[hash])
        throw new Refusal('malformed', `The value of PCR ${index} (${hash}) has ${bytes.length} bytes.`);
      values.push(bytes);
      bank[index] = toHex(bytes);
    }
  }
  return { values, pcrs };
}

interface LogFacts {
  readonly claims: Readonly<Record<string, unknown>>;
  readonly dataTrusted: boolean;
  readonly repeatedSeparators: readonly number[];
  readonly anomalies: readonly string[];
  /** Registers whose quoted value the log does not lead to, e.g. "PCR 4 (sha256)". */
  readonly differing: readonly string[];
}

/** PCRs that the firmware extends in every boot, if only by a separator. */
const LAST_OF_FIRMWARE = 7;

/** Replays the log in every quoted bank that it has. */
async function replayLog(bytes: Uint8Array, pcrs: PcrValues, context: Context): Promise<LogFacts> {
  const log = parseEventLog(bytes);
  const registers = await replay(log, context.crypto);
  const banks = Object.entries(pcrs).filter(([hash]) => registers.has(hash));
  if (banks.length === 0) throw new Refusal('eventlog-mismatch', 'The log has no bank that is quoted.');
  const matches = dictionary<Record<string, boolean>>();
  const differing: string[] = [];
  const oddities: string[] = [];
  for (const [hash, quoted] of banks) {
    const bank = dictionary<boolean>();
    const replayed = registers.get(hash) ?? new Map<number, Uint8Array>();
    for (const [register, value] of replayed) {
      const name = `PCR ${register} (${hash})`;
      if (quoted[register] === undefined) {
        oddities.push(`${name} is in the log and not in the quote`);
        continue;
      }
      bank[register] = quoted[register] === toHex(value);
      if (!bank[register]) differing.push(name);
    }
    const values = new Map(Object.entries(quoted).map(([index, value]) => [Number(index), fromHex(value)]));
    for (const register of findUnexplained(log, replayed, values)) {
      const name = `PCR ${register} (${hash})`;
      if (register > LAST_OF_FIRMWARE) oddities.push(`no event leads to the value of ${name}`);
      else {
        bank[register] = false;
        differing.push(name);
      }
    }
    matches[hash] = bank;
  }
  const checks = await checkData(
    log,
    context.crypto,
    banks.map(([hash]) => hash),
  );
  const repeated = repeatedSeparators(log);
  return {
    claims: { events: log.events.length, format: log.format, replayMatchesPcr: matches },
    dataTrusted: checks.every(({ verified }) => verified !== false),
    repeatedSeparators: repeated,
    anomalies: [...describeSeparators(repeated), ...oddities],
    differing,
  };
}

/** Hash over the quoted values; that of the signature, not that of a bank. */
async function digestMatches(
  quote: QuoteBody,
  signature: TpmSignature,
  values: readonly Uint8Array[],
  context: Context,
): Promise<boolean> {
  return equal(await context.crypto.digest(signature.hash, concat(...values)), quote.pcrDigest);
}

/** What the parts say together, unverified. Throws `Refusal` for what cannot be read. */
export async function inspectTpmQuote(
  evidence: TpmQuoteEvidence,
  context: Context,
): Promise<Record<string, unknown>> {
  const attest = parseAttest(evidence.attest);
  const ak = evidence.akPublic && {
    ak: await publicClaims(parseTpmPublic(evidence.akPublic), context.crypto),
  };
  if (attest.type !== attestType.quote) return { ...attestClaims(attest), ...ak };
  const quote = quoteBody(attest);
  const signature = signatureOf(evidence);
  const { values, pcrs } = quotedPcrs(quote, evidence.pcrs ?? {});
  const log = evidence.eventLog && (await replayLog(evidence.eventLog, pcrs, context));
  return {
    ...attestClaims(attest),
    signatureAlg: signature.name,
    signatureHash: signature.hash,
    pcrDigestMatches: await digestMatches(quote, signature, values, context),
    ...ak,
    ...(log && { eventLog: log.claims }),
  };
}

/** Verifies a quote (TCG TPM 2.0 Library: Part 2, TPMS_ATTEST and TPMS_QUOTE_INFO; Part 3, TPM2_Quote). Throws `Refusal`. */
export async function verifyTpmQuote(
  evidence: TpmQuoteEvidence,
  endorsements: TpmEndorsements,
  context: Context,
  options: TpmOptions = {},
): Promise<VerifiedTpm> {
  // 1. A TPM made the structure, and it is a quote: magic and type come before everything that it says.
  const attest = parseAttest(evidence.attest);
  const quote = quoteBody(attest);
  // 2. The key signs only what its TPM made (TPMA_OBJECT: restricted), and signed this.
  const { key, ak } = akOf(evidence);
  const signature = signatureOf(evidence);
  await checkTpmSignature(signature, attest.bytes, key, { ...options, crypto: context.crypto });
  // 3. Who vouches that the key lives in a TPM.
  const { keyTrust, simulated } = await checkKeyTrust({ key, ak, attest }, endorsements, context);
  // 4. The PCR values are those that were quoted: pcrDigest is made with the hash of the signature.
  const { values, pcrs } = quotedPcrs(quote, evidence.pcrs ?? {});
  if (!(await digestMatches(quote, signature, values, context))) throw new Refusal('pcr-digest-mismatch');
  // 5. A log that was given leads to them (PC Client Platform Firmware Profile, event log).
  const log = evidence.eventLog && (await replayLog(evidence.eventLog, pcrs, context));
  if (log && log.differing.length > 0) {
    throw new Refusal(
      'eventlog-mismatch',
      `The log leads to other values of ${log.differing.join(', ')} than the quoted ones.`,
    );
  }
  return {
    kind: 'tpm',
    claims: {
      ...attestClaims(attest),
      signatureAlg: signature.name,
      signatureHash: signature.hash,
      pcrDigestMatches: true,
      ...(ak && { ak: await publicClaims(ak, context.crypto) }),
      ...(log && { eventLog: log.claims }),
    },
    attest,
    quote,
    ak,
    pcrs,
    keyTrust,
    simulated,
    weakBanks: quote.selections.every(({ hash, pcrs: indices }) => hash === 'sha1' || indices.length === 0),
    ...(log && {
      eventLog: {
        dataTrusted: log.dataTrusted,
        repeatedSeparators: log.repeatedSeparators,
        anomalies: log.anomalies,
      },
    }),
  };
}

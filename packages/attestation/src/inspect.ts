/** What evidence says, before anything was verified: for looking, never for trusting. */
import { quoted } from '@gaiwan/errors';
import { ccaClaims, parseCcaToken } from './arm/cca.ts';
import { parsePsaToken, psaClaims } from './arm/psa.ts';
import { parseHclReport } from './azure/hcl.ts';
import { toHex } from './bytes.ts';
import type { Context } from './context.ts';
import { corimClaims, parseCorim } from './corim/corim.ts';
import { EPID_QUOTE, parseEpidQuote } from './dcap/epid.ts';
import { parsePck } from './dcap/pck.ts';
import { parseQuote, quoteClaims, quoteHeadClaims } from './dcap/quote.ts';
import { decodings, readable } from './envelope/encodings.ts';
import { openEvidence } from './envelope/open.ts';
import { attestIn, evidenceIn, isHclReport } from './envelope/pieces.ts';
import { asFirstFormat, type EventLog, looksLikeEventLog, parseEventLog } from './eventlog/log.ts';
import { describeSeparators, logClaims, repeatedSeparators, replay } from './eventlog/replay.ts';
import type { Evidence } from './evidence.ts';
import { limits } from './limits.ts';
import { nitroClaims, parseNitroDocument } from './nitro/document.ts';
import { inspectRaTls } from './ratls/verify.ts';
import { Refusal, unlessRefused } from './refusal.ts';
import { parseJwt } from './results/jwt.ts';
import { parseSnpReport, reportProduct, snpClaims, snpFields } from './snp/report.ts';
import { attestClaims, parseAttest } from './tpm/attest.ts';
import { inspectTpmQuote, type TpmQuoteEvidence } from './tpm/quote.ts';
import { Unread, type UnreadPart } from './unread.ts';
import { contextOf, type Refused, toRefused, type VerifyOptions } from './verdict.ts';
import { leafFirst, parseCertificates } from './x509/chain.ts';

/** What evidence says of itself: never a reason to trust it. */
export type Inspection =
  | {
      readonly verdict: 'unverified';
      readonly kind: string;
      readonly claims: Readonly<Record<string, unknown>>;
      /** Where the evidence stood, if it was not the file itself, e.g. "JSON, at evidence.quote". */
      readonly found?: string;
      /** Parts that could not be read, with the reason; everything else was. */
      readonly unread?: readonly UnreadPart[];
    }
  | Refused;

type Claims = Record<string, unknown>;

/** Bytes of a lower version are no report. */
const FIRST_VERSION = 2;

function inspectQuote(bytes: Uint8Array, unread: Unread): Claims {
  const quote = unread.part('the signature data of the quote', () => parseQuote(bytes));
  if (quote === undefined) return quoteHeadClaims(bytes);
  const claims = quoteClaims(quote);
  if (quote.certificationType !== 5) return claims;
  const pck = unread.part('the certificates of the quote', () => {
    const [leaf] = leafFirst(parseCertificates(quote.certificationData));
    return leaf && parsePck(leaf);
  });
  return pck === undefined ? claims : { ...claims, pck };
}

/** Every version so far has the fields of the former where they were: so will the next, more likely than not. */
function inspectReport(bytes: Uint8Array, unread: Unread): Claims {
  const fields = snpFields(bytes);
  if (fields.version < FIRST_VERSION) parseSnpReport(bytes);
  const report = unread.part('what the version, the algorithm and the kind of key mean', () =>
    parseSnpReport(bytes),
  );
  return snpClaims(report ?? fields, reportProduct(fields));
}

/** The structure that the TPM made, and as much of what stands beside it as can be read. */
async function inspectTpm(evidence: TpmQuoteEvidence, context: Context, unread: Unread): Promise<Claims> {
  const claims = attestClaims(parseAttest(evidence.attest));
  const more = await unread.asyncPart('the parts beside the TPM structure', () =>
    inspectTpmQuote(evidence, context),
  );
  return { ...claims, ...more };
}

function inspectHcl(bytes: Uint8Array): Claims {
  const hcl = parseHclReport(bytes);
  const { hardware, runtimeClaims } = hcl;
  if (hardware !== 'snp') return { hardware, runtimeClaims };
  const report = parseSnpReport(hcl.report);
  return { hardware, runtimeClaims, report: snpClaims(report, reportProduct(report)) };
}

async function claimsOf(evidence: Evidence, context: Context, unread: Unread): Promise<Claims> {
  switch (evidence.kind) {
    case 'dcap':
      return inspectQuote(evidence.quote, unread);
    case 'snp':
      return inspectReport(evidence.report, unread);
    case 'nitro':
      return nitroClaims(parseNitroDocument(evidence.document));
    case 'cca':
      return ccaClaims(parseCcaToken(evidence.token));
    case 'psa':
      return psaClaims(parsePsaToken(evidence.token));
    case 'ra-tls':
      return inspectRaTls(evidence.certificate, context, unread);
    case 'ear': {
      const { header, payload } = parseJwt(evidence.token);
      return { header, payload };
    }
    case 'tpm':
      return inspectTpm(evidence, context, unread);
    case 'azure-vtpm': {
      const { hclReport, attest } = evidence;
      const hardware = unread.part('the HCL report', () => inspectHcl(hclReport));
      const tpm = unread.part('the TPM structure', () => attestClaims(parseAttest(attest)));
      return { ...hardware, ...tpm };
    }
  }
}

async function inspectLog(log: EventLog, context: Context) {
  const anomalies = describeSeparators(repeatedSeparators(log));
  const claims = logClaims(log, await replay(log, context.crypto));
  return { kind: 'eventlog', claims: { ...claims, ...(anomalies.length > 0 && { anomalies }) } };
}

/** Formats that can be read and never verified alone. */
async function inspectReadOnly(bytes: Uint8Array, context: Context) {
  if (toHex(bytes.subarray(0, 3)) === 'd901f5')
    return { kind: 'corim', claims: corimClaims(parseCorim(bytes)) };
  if (looksLikeEventLog(bytes)) return inspectLog(parseEventLog(bytes), context);
  // SNP reports of version 2 begin alike.
  const isEpid = bytes.length >= EPID_QUOTE && toHex(bytes.subarray(0, 2)) === '0200';
  if (isEpid && evidenceIn(bytes) === undefined) {
    return { kind: 'sgx-epid', claims: parseEpidQuote(bytes) };
  }
  const attest = attestIn(bytes);
  if (attest !== undefined) return { kind: 'tpm', claims: attestClaims(parseAttest(attest)) };
  return isHclReport(bytes) ? { kind: 'azure-hcl', claims: inspectHcl(bytes) } : undefined;
}

/** The same, as it is or as hexadecimal or base64. */
async function inspectReadOnlyFile(bytes: Uint8Array, context: Context) {
  const itself = (await inspectReadOnly(bytes, context)) ?? inspectSignedCorim(bytes);
  if (itself !== undefined || bytes.length > limits.envelope.value) return itself;
  for (const decoded of decodingsOf(bytes)) {
    const found = await inspectReadOnly(decoded, context);
    if (found !== undefined) return { ...found, found: 'text' };
  }
  return undefined;
}

const decodingsOf = (bytes: Uint8Array): readonly Uint8Array[] => decodings(readable(bytes) ?? '');

/** A signed CoRIM begins like a PSA token. */
function inspectSignedCorim(bytes: Uint8Array) {
  if (bytes[0] !== 0xd2) return undefined;
  return unlessRefused(() => ({ kind: 'corim', claims: corimClaims(parseCorim(bytes)) }));
}

/** Logs of the first format have no mark: they are what is nothing else. */
async function inspectUnmarked(bytes: Uint8Array, context: Context): Promise<Inspection | undefined> {
  const short = bytes.length > limits.envelope.value ? [] : decodingsOf(bytes);
  for (const form of [bytes, ...short]) {
    const log = asFirstFormat(form);
    if (log === undefined) continue;
    const found = form !== bytes && { found: 'text' };
    return { verdict: 'unverified', ...(await inspectLog(log, context)), ...found };
  }
  return undefined;
}

async function inspectFile(bytes: Uint8Array, context: Context): Promise<Inspection> {
  const read = await inspectReadOnlyFile(bytes, context);
  if (read !== undefined) return { verdict: 'unverified', ...read };
  try {
    const { evidence, form, at } = openEvidence(bytes);
    const found = form && { found: at === undefined ? form : `${form}, at ${quoted(at)}` };
    return { ...(await inspectEvidence(evidence, context)), ...found };
  } catch (error) {
    const log = error instanceof Refusal ? await inspectUnmarked(bytes, context) : undefined;
    if (log !== undefined) return log;
    throw error;
  }
}

async function inspectEvidence(evidence: Evidence, context: Context): Promise<Inspection> {
  const unread = new Unread();
  const claims = await claimsOf(evidence, context, unread);
  const parts = unread.parts.length > 0 && { unread: unread.parts };
  return { verdict: 'unverified', kind: evidence.kind, claims, ...parts };
}

/**
 * Tells the format of evidence and reads its claims, as much of it as can be read. Nothing that comes out was verified: it is for
 * looking, never for trusting.
 *
 * @example
 * const seen = await inspect(bytes);
 * if (seen.verdict === 'unverified') console.log(seen.kind, seen.claims, seen.unread);
 */
export async function inspect(
  evidence: Evidence | Uint8Array,
  options: Partial<Pick<VerifyOptions, 'crypto'>> = {},
): Promise<Inspection> {
  const context = contextOf({ at: 0, ...options });
  try {
    return await (evidence instanceof Uint8Array
      ? inspectFile(evidence, context)
      : inspectEvidence(evidence, context));
  } catch (error) {
    if (error instanceof Refusal) return toRefused(error);
    throw error;
  }
}

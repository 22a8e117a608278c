/** What evidence says, before anything was verified: for looking, never for trusting. */
import { ccaClaims, parseCcaToken } from './arm/cca.ts';
import { parsePsaToken, psaClaims } from './arm/psa.ts';
import { parseHclReport } from './azure/hcl.ts';
import { toHex } from './bytes.ts';
import type { Context } from './context.ts';
import { corimClaims, parseCorim } from './corim/corim.ts';
import { EPID_QUOTE, parseEpidQuote } from './dcap/epid.ts';
import { parsePck } from './dcap/pck.ts';
import { parseQuote, quoteClaims } from './dcap/quote.ts';
import { detect } from './detect.ts';
import { looksLikeEventLog, parseEventLog } from './eventlog/log.ts';
import { logClaims, replay } from './eventlog/replay.ts';
import type { Evidence } from './evidence.ts';
import { nitroClaims, parseNitroDocument } from './nitro/document.ts';
import { inspectRaTls } from './ratls/verify.ts';
import { Refusal } from './refusal.ts';
import { parseJwt } from './results/jwt.ts';
import { parseSnpReport, reportProduct, snpClaims } from './snp/report.ts';
import { attestClaims, parseAttest } from './tpm/attest.ts';
import { inspectTpmQuote } from './tpm/quote.ts';
import { contextOf, type Refused, toRefused, type VerifyOptions } from './verdict.ts';
import { leafFirst, parseCertificates } from './x509/chain.ts';

/** What evidence says of itself: never a reason to trust it. */
export type Inspection =
  | {
      readonly verdict: 'unverified';
      readonly kind: string;
      readonly claims: Readonly<Record<string, unknown>>;
    }
  | Refused;

function inspectQuote(bytes: Uint8Array): Record<string, unknown> {
  const quote = parseQuote(bytes);
  const claims = quoteClaims(quote);
  if (quote.certificationType !== 5) return claims;
  const [leaf] = leafFirst(parseCertificates(quote.certificationData));
  return leaf === undefined ? claims : { ...claims, pck: parsePck(leaf) };
}

async function claimsOf(evidence: Evidence, context: Context): Promise<Record<string, unknown>> {
  switch (evidence.kind) {
    case 'dcap':
      return inspectQuote(evidence.quote);
    case 'snp': {
      const report = parseSnpReport(evidence.report);
      return snpClaims(report, reportProduct(report));
    }
    case 'nitro':
      return nitroClaims(parseNitroDocument(evidence.document));
    case 'cca':
      return ccaClaims(parseCcaToken(evidence.token));
    case 'psa':
      return psaClaims(parsePsaToken(evidence.token));
    case 'ra-tls':
      return inspectRaTls(evidence.certificate, context);
    case 'ear': {
      const { header, payload } = parseJwt(evidence.token);
      return { header, payload };
    }
    case 'tpm':
      return inspectTpmQuote(evidence, context);
    case 'azure-vtpm': {
      const hcl = parseHclReport(evidence.hclReport);
      return {
        hardware: hcl.hardware,
        runtimeClaims: hcl.runtimeClaims,
        ...attestClaims(parseAttest(evidence.attest)),
      };
    }
  }
}

/** Formats that can be read and never verified alone. */
async function inspectReadOnly(bytes: Uint8Array, context: Context) {
  if (toHex(bytes.subarray(0, 3)) === 'd901f5')
    return { kind: 'corim', claims: corimClaims(parseCorim(bytes)) };
  if (looksLikeEventLog(bytes)) {
    const log = parseEventLog(bytes);
    return { kind: 'eventlog', claims: logClaims(log, await replay(log, context.crypto)) };
  }
  if (bytes.length >= EPID_QUOTE && toHex(bytes.subarray(0, 2)) === '0200') {
    return { kind: 'sgx-epid', claims: parseEpidQuote(bytes) };
  }
  if (toHex(bytes.subarray(0, 4)) === 'ff544347')
    return { kind: 'tpm', claims: attestClaims(parseAttest(bytes)) };
  return undefined;
}

/** A signed CoRIM begins like a PSA token. */
function inspectSignedCorim(bytes: Uint8Array) {
  if (bytes[0] !== 0xd2) return undefined;
  try {
    return { kind: 'corim', claims: corimClaims(parseCorim(bytes)) };
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

/**
 * Tells the format of evidence and reads its claims. Nothing that comes out was verified: it is for looking, never for trusting.
 *
 * @example
 * const seen = await inspect(bytes);
 * if (seen.verdict === 'unverified') console.log(seen.kind, seen.claims);
 */
export async function inspect(
  evidence: Evidence | Uint8Array,
  options: Partial<Pick<VerifyOptions, 'crypto'>> = {},
): Promise<Inspection> {
  const context = contextOf({ at: 0, ...options });
  try {
    const read =
      evidence instanceof Uint8Array
        ? ((await inspectReadOnly(evidence, context)) ?? inspectSignedCorim(evidence))
        : undefined;
    if (read !== undefined) return { verdict: 'unverified', ...read };
    const known = evidence instanceof Uint8Array ? detect(evidence) : evidence;
    return { verdict: 'unverified', kind: known.kind, claims: await claimsOf(known, context) };
  } catch (error) {
    if (error instanceof Refusal) return toRefused(error);
    throw error;
  }
}

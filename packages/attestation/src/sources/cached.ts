/** A cache in front of a source: an answer serves until the first of its parts is past its next update. */

import { crypto } from '#crypto';
import { toHex } from '../bytes.ts';
import { parseSignedJson } from '../dcap/collateral.ts';
import { parsePck } from '../dcap/pck.ts';
import { parseQuote } from '../dcap/quote.ts';
import type { Endorsements, Evidence } from '../evidence.ts';
import { limits } from '../limits.ts';
import { innerEvidence } from '../ratls/inner.ts';
import { parseSnpReport } from '../snp/report.ts';
import { parseCertificates } from '../x509/chain.ts';
import { parseCrl } from '../x509/crl.ts';
import type { EndorsementSource } from './source.ts';

/** How much `cachedSource` keeps, and how long. */
export interface CacheOptions {
  /** Milliseconds since 1970. Default: the wall clock. */
  readonly now?: () => number;
  /** Answers kept. Default: 256. */
  readonly entries?: number;
  /** Milliseconds that an answer serves at most. Default: a day. */
  readonly maximumAge?: number;
}

/** When the first part of an answer is past its next update. Throws `Refusal` for parts that cannot be read. */
function validUntil(endorsements: Endorsements): number {
  const { tcbInfo, qeIdentity, pckCrl, rootCrl, amdCrl } = endorsements;
  const nextUpdate = (document: Uint8Array, name: 'tcbInfo' | 'enclaveIdentity'): number => {
    const { nextUpdate: value } = parseSignedJson(document, name).value;
    return typeof value === 'string' ? Date.parse(value) : Number.NaN;
  };
  const dates = [
    ...(tcbInfo ? [nextUpdate(tcbInfo, 'tcbInfo')] : []),
    ...(qeIdentity ? [nextUpdate(qeIdentity, 'enclaveIdentity')] : []),
    ...[pckCrl, rootCrl, amdCrl].flatMap((crl) => (crl ? [parseCrl(crl).nextUpdate] : [])),
  ];
  // A date that is none makes the minimum NaN, which no time is before.
  return Math.min(...dates);
}

/** What an answer depends on: for quotes the kind of platform, for reports the chip and its firmware, else the evidence. */
async function keyOf(given: Evidence): Promise<string> {
  const evidence = innerEvidence(given) ?? given;
  if (evidence.kind === 'dcap') {
    const quote = parseQuote(evidence.quote);
    const [leaf] = quote.certificationType === 5 ? parseCertificates(quote.certificationData) : [];
    if (leaf !== undefined) {
      const { fmspc, ca, pceId } = parsePck(leaf);
      return `dcap ${quote.tee} ${fmspc} ${pceId} ${ca}`;
    }
  }
  if (evidence.kind === 'snp') {
    const { chipId, reportedTcb, signingKey, cpuid } = parseSnpReport(evidence.report);
    return `snp ${signingKey} ${toHex(chipId)} ${toHex(reportedTcb)} ${JSON.stringify(cpuid)}`;
  }
  const parts = Object.values(evidence).map((part) =>
    part instanceof Uint8Array ? toHex(part) : JSON.stringify(part),
  );
  return `${evidence.kind} ${toHex(await crypto.digest('sha256', new TextEncoder().encode(parts.join('|'))))}`;
}

/**
 * Remembers answers until the first of their parts is past its next update; two questions at once are asked once. Failures are not
 * remembered.
 */
export function cachedSource(source: EndorsementSource, options: CacheOptions = {}): EndorsementSource {
  const {
    now = Date.now,
    entries = limits.sourceEntries.value,
    maximumAge = limits.sourceAge.value,
  } = options;
  const known = new Map<string, { readonly until: number; readonly answer: Promise<Endorsements> }>();

  const ask = async (key: string, evidence: Evidence): Promise<Endorsements> => {
    const answer = source.endorsements(evidence);
    known.set(key, { until: Number.POSITIVE_INFINITY, answer });
    try {
      const endorsements = await answer;
      known.set(key, { until: Math.min(validUntil(endorsements), now() + maximumAge), answer });
      for (const oldest of known.keys()) {
        if (known.size <= entries) break;
        known.delete(oldest);
      }
      return endorsements;
    } catch (error) {
      known.delete(key);
      throw error;
    }
  };

  return {
    async endorsements(evidence) {
      const key = await keyOf(evidence);
      const found = known.get(key);
      return found !== undefined && now() < found.until ? found.answer : ask(key, evidence);
    },
  };
}

/** The endorsements for one piece of evidence out of many files. */

import { dictionary } from '@gaiwan/errors';
import { parseHclReport } from '../azure/hcl.ts';
import { text, toHex } from '../bytes.ts';
import { parsePck } from '../dcap/pck.ts';
import { parseQuote } from '../dcap/quote.ts';
import type { Endorsements, Evidence } from '../evidence.ts';
import { parseJsonObject } from '../json/scan.ts';
import { innerEvidence } from '../ratls/inner.ts';
import { Refusal } from '../refusal.ts';
import { decodeTcb } from '../snp/product.ts';
import { parseSnpReport, reportProduct, type SnpReport } from '../snp/report.ts';
import { commonName } from '../x509/certificate.ts';
import { parseCertificates } from '../x509/chain.ts';
import { type Classified, classify, keySubject, type Name } from './classify.ts';

type Subjects = { readonly [name in Name]?: string };

function quoteSubjects(bytes: Uint8Array): Subjects {
  const quote = parseQuote(bytes);
  const qeIdentity = quote.tee === 'sgx' ? 'QE' : 'TD_QE';
  if (quote.certificationType !== 5) return { qeIdentity };
  const [leaf] = parseCertificates(quote.certificationData);
  if (leaf === undefined) return { qeIdentity };
  return {
    qeIdentity,
    tcbInfo: `${quote.tee} ${parsePck(leaf).fmspc}`,
    pckCrl: commonName(leaf.issuer) ?? '',
  };
}

/** Reports of version 2 do not tell their product: the certificate of their chip does. */
function reportSubjects(report: SnpReport, candidates: readonly Classified[]): Subjects {
  const vlek = report.signingKey === 'VLEK';
  const chip = (size: number) => (vlek ? undefined : toHex(report.chipId.subarray(0, size)));
  const known = reportProduct(report);
  for (const product of known ? [known] : (['Milan', 'Genoa', 'Turin'] as const)) {
    const endorsementKey = keySubject(
      product,
      chip(product === 'Turin' ? 8 : 64),
      decodeTcb(report.reportedTcb, product),
    );
    if (known !== undefined || candidates.some(({ subject }) => subject === endorsementKey)) {
      return {
        endorsementKey,
        caChain: vlek ? `SEV-VLEK-${product}` : `SEV-${product}`,
        amdCrl: `ARK-${product}`,
      };
    }
  }
  return {};
}

/** What the evidence wants, by name. Evidence that cannot be read wants nothing in particular: verification says why. */
function wantedSubjects(evidence: Evidence, candidates: readonly Classified[]): Subjects {
  try {
    switch (evidence.kind) {
      case 'dcap':
        return quoteSubjects(evidence.quote);
      case 'snp':
        return reportSubjects(parseSnpReport(evidence.report), candidates);
      case 'azure-vtpm': {
        const { hardware, report } = parseHclReport(evidence.hclReport);
        if (hardware === 'snp') return reportSubjects(parseSnpReport(report), candidates);
        return evidence.tdQuote === undefined ? {} : quoteSubjects(evidence.tdQuote);
      }
      case 'ra-tls': {
        const inner = innerEvidence(evidence);
        return inner === undefined ? {} : wantedSubjects(inner, candidates);
      }
      default:
        return {};
    }
  } catch (error) {
    if (error instanceof Refusal) return {};
    throw error;
  }
}

/** The one for this subject and this time, the newest of several; if there is none, the nearest, so that its fault is reported. */
function chooseBest(
  candidates: readonly Classified[],
  subject: string | undefined,
  at: number,
): Classified | undefined {
  const score = (candidate: Classified): number =>
    (subject === undefined || candidate.subject === subject ? 2 : 0) +
    (candidate.from <= at && at <= candidate.to ? 1 : 0);
  return [...candidates].sort((a, b) => score(b) - score(a) || b.from - a.from)[0];
}

/**
 * Endorsements out of files, by name (which does not matter) and content. Files that are no endorsements are left out.
 * `at`: the time of verification, milliseconds since 1970.
 */
export function chooseEndorsements(
  files: Iterable<Uint8Array>,
  evidence: Evidence,
  at: number,
): Endorsements {
  const candidates: Classified[] = [];
  for (const bytes of files) {
    try {
      candidates.push(...classify(bytes));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
  }
  const wanted = wantedSubjects(evidence, candidates);
  const chosen = dictionary<unknown>();
  for (const name of new Set(candidates.map((candidate) => candidate.name))) {
    const found = chooseBest(
      candidates.filter((candidate) => candidate.name === name),
      wanted[name],
      at,
    );
    if (found !== undefined)
      chosen[name] = name === 'results' ? { keys: parseJsonObject(text(found.bytes)) } : found.bytes;
  }
  return chosen;
}

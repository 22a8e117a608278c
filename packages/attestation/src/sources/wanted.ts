/** What a piece of evidence wants of endorsements: which ones at all, and which of several. */

import { parseHclReport } from '../azure/hcl.ts';
import { toHex } from '../bytes.ts';
import { parsePck } from '../dcap/pck.ts';
import { parseQuote } from '../dcap/quote.ts';
import type { Evidence } from '../evidence.ts';
import { innerEvidence } from '../ratls/inner.ts';
import { unlessRefused } from '../refusal.ts';
import { decodeTcb } from '../snp/product.ts';
import { parseSnpReport, reportProduct, type SnpReport } from '../snp/report.ts';
import { commonName } from '../x509/certificate.ts';
import { leafFirst, parseCertificates } from '../x509/chain.ts';
import { keySubject, type Name, type Unit } from './units.ts';

/** Names that are of use, with the subject where only one will do. */
export type Wanted = { readonly [name in Name]?: string | true };

const intel: Wanted = { tcbInfo: true, qeIdentity: true, tcbSigningChain: true, pckCrl: true, rootCrl: true };
const amd: Wanted = { endorsementKey: true, caChain: true, amdCrl: true };
const tpm: Wanted = { akCertificate: true, akIssuers: true };

function ofQuote(bytes: Uint8Array): Wanted {
  const quote = parseQuote(bytes);
  const qeIdentity = quote.tee === 'sgx' ? 'QE' : 'TD_QE';
  if (quote.certificationType !== 5) return { ...intel, qeIdentity, pckChain: true };
  const [leaf] = leafFirst(parseCertificates(quote.certificationData));
  if (leaf === undefined) return { ...intel, qeIdentity };
  return {
    ...intel,
    qeIdentity,
    tcbInfo: `${quote.tee} ${parsePck(leaf).fmspc}`,
    pckCrl: commonName(leaf.issuer) ?? true,
  };
}

/** Reports of version 2 do not tell their product: the certificate of their chip does. */
function ofReport(report: SnpReport, units: readonly Unit[]): Wanted {
  const vlek = report.signingKey === 'VLEK';
  const chip = (size: number) => (vlek ? undefined : toHex(report.chipId.subarray(0, size)));
  const known = reportProduct(report);
  for (const product of known ? [known] : (['Milan', 'Genoa', 'Turin'] as const)) {
    const endorsementKey = keySubject(
      product,
      chip(product === 'Turin' ? 8 : 64),
      decodeTcb(report.reportedTcb, product),
    );
    if (known !== undefined || units.some(({ subject }) => subject === endorsementKey)) {
      const caChain = vlek ? `SEV-VLEK-${product}` : `SEV-${product}`;
      return { endorsementKey, caChain, amdCrl: `ARK-${product}` };
    }
  }
  return amd;
}

/** Where the evidence cannot be read: verification says why, and gets what its kind uses. */
function ofKind(kind: Evidence['kind']): Wanted {
  switch (kind) {
    case 'dcap':
      return intel;
    case 'snp':
      return amd;
    case 'tpm':
      return tpm;
    case 'azure-vtpm':
      return { ...intel, ...amd };
    case 'ra-tls':
      return { ...intel, ...amd, ...tpm, publicKey: true };
    case 'cca':
    case 'psa':
      return { publicKey: true };
    case 'ear':
      return { results: true };
    case 'nitro':
      return {};
  }
}

function ofEvidence(evidence: Evidence, units: readonly Unit[]): Wanted {
  switch (evidence.kind) {
    case 'dcap':
      return ofQuote(evidence.quote);
    case 'snp':
      return ofReport(parseSnpReport(evidence.report), units);
    case 'azure-vtpm': {
      const { hardware, report } = parseHclReport(evidence.hclReport);
      if (hardware === 'snp') return ofReport(parseSnpReport(report), units);
      return evidence.tdQuote === undefined ? intel : ofQuote(evidence.tdQuote);
    }
    case 'ra-tls': {
      const inner = innerEvidence(evidence);
      return inner === undefined ? {} : ofEvidence(inner, units);
    }
    default:
      return ofKind(evidence.kind);
  }
}

/** `units`: what there is to choose from, which alone tells the product of a report of version 2. */
export function wantedFor(evidence: Evidence, units: readonly Unit[]): Wanted {
  return unlessRefused(() => ofEvidence(evidence, units)) ?? ofKind(evidence.kind);
}

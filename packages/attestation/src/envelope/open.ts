/** Evidence as machines and tools send it: as it is, as text, or inside JSON of any shape. */

import { quoted } from '@gaiwan/errors';
import { parseHclReport } from '../azure/hcl.ts';
import type { AzureEvidence } from '../azure/verify.ts';
import { equal, utf8Bytes } from '../bytes.ts';
import { pemBlocksOfAny } from '../der/pem.ts';
import { detect, isBundleKind, parseBundle } from '../detect.ts';
import type { Evidence } from '../evidence.ts';
import { isObject } from '../json/scan.ts';
import { limits } from '../limits.ts';
import { Refusal } from '../refusal.ts';
import type { TpmQuoteEvidence } from '../tpm/quote.ts';
import { bytesIn, decodings, pemIn, readable } from './encodings.ts';
import { certificatesBehindReport, evidenceIn, isHclReport, isRaTls } from './pieces.ts';
import { snpReportOfFields } from './snp-fields.ts';
import { tpmQuoteOfObject } from './tpm-object.ts';
import { type JsonNode, walkJson } from './walk.ts';

/** How evidence stood in its file. */
export type EnvelopeForm = 'hexadecimal' | 'base64' | 'PEM' | 'JSON' | 'extended report';

/** Evidence, and what it was taken out of. */
export interface OpenedEvidence {
  readonly evidence: Evidence;
  /** Undefined where the file is the evidence. */
  readonly form: EnvelopeForm | undefined;
  /** Where it stood in JSON, e.g. "evidence.quote"; a label of PEM. Names are a stranger's, as they are; after 256 characters it is cut. */
  readonly at?: string;
}

interface Found<T> {
  readonly at: string;
  readonly what: T;
}

/** What of a document could be evidence, or a part of it. */
class Pieces {
  readonly evidence: Found<Evidence>[] = [];
  readonly hclReports: Found<Uint8Array>[] = [];
  readonly tpmQuotes: Found<TpmQuoteEvidence>[] = [];
  readonly akPublics: Found<Uint8Array>[] = [];
  /** With evidence about their key: they count where nothing else does, for many a quote comes with the certificate of its service. */
  readonly certificates: Found<Uint8Array>[] = [];
  #count = 0;

  /** Whether the value was taken as a whole. */
  visit(node: JsonNode): boolean {
    const { step, value } = node;
    if (isObject(value)) return this.#object(node, value);
    const all = bytesIn(value);
    const [first] = all;
    if (first !== undefined && typeof step === 'string' && isAkName(step))
      this.#add(this.akPublics, node, first);
    for (const bytes of all) {
      const evidence = evidenceIn(bytes);
      if (evidence !== undefined) this.#add(this.evidence, node, evidence);
      else if (isHclReport(bytes)) this.#add(this.hclReports, node, bytes);
      else if (isRaTls(bytes)) this.#add(this.certificates, node, bytes);
      else continue;
      return true;
    }
    if (typeof value !== 'string') return false;
    const pem = pemIn(value);
    if (pem === undefined) return false;
    const certificate = utf8Bytes(pem);
    if (isRaTls(certificate)) this.#add(this.certificates, node, certificate);
    return true;
  }

  #object(node: JsonNode, value: Readonly<Record<string, unknown>>): boolean {
    const report = snpReportOfFields(value);
    if (report !== undefined) {
      this.#add(this.evidence, node, { kind: 'snp', report });
      return true;
    }
    const quote = tpmQuoteOfObject(value);
    // What else stands beside it still counts: Azure's quote of the hardware, a key.
    if (quote !== undefined) this.#add(this.tpmQuotes, node, quote);
    return false;
  }

  #add<T>(list: Found<T>[], node: JsonNode, what: T): void {
    if (++this.#count > limits.envelopePieces.value)
      throw new Refusal(
        'malformed',
        `The JSON holds more than ${limits.envelopePieces.value} pieces of evidence.`,
      );
    list.push({ at: node.step === undefined ? 'the whole' : node.path(), what });
  }
}

/** Also where a serializer wrote a path as one name. */
const isAkName = (name: string): boolean => /(^|\.)ak_?pub(lic)?$/i.test(name.slice(-12));

/** Bytes that tell one piece of evidence from another. */
function identity(evidence: Evidence): Uint8Array {
  if (evidence.kind === 'dcap') return evidence.quote;
  if (evidence.kind === 'snp') return evidence.report;
  if (evidence.kind === 'nitro') return evidence.document;
  return evidence.kind === 'cca' || evidence.kind === 'psa' ? evidence.token : new Uint8Array();
}

/** The one of its kind, however often it stands there; undefined for none. Several are refused: which one counts is not for us to say. */
function only<T>(found: readonly Found<T>[], bytesOf: (what: T) => Uint8Array): Found<T> | undefined {
  const [first] = found;
  if (first === undefined) return undefined;
  const others = found.filter(({ what }) => !equal(bytesOf(what), bytesOf(first.what)));
  if (others.length > 0) throw several([first, ...others]);
  return first;
}

const SHOWN_PLACES = 8;

function several(found: readonly { readonly at: string }[]): Refusal {
  const places = found.slice(0, SHOWN_PLACES).map(({ at }) => quoted(at));
  const more = found.length > SHOWN_PLACES ? ` and ${found.length - SHOWN_PLACES} more` : '';
  return new Refusal(
    'malformed',
    `The JSON holds several pieces of evidence: ${places.join(', ')}${more}. Give one of them alone.`,
  );
}

function akOf(found: Found<Uint8Array> | undefined): Pick<TpmQuoteEvidence, 'akKey' | 'akPublic'> {
  if (found === undefined) return {};
  return found.what[0] === 0x30 ? { akKey: found.what } : { akPublic: found.what };
}

/** What the hardware says of the machine of an HCL report: the quote of its TD, or the report inside, once more. All else is another piece of evidence. */
function besideHcl(hcl: Found<Uint8Array>, itself: Found<Evidence>): Pick<AzureEvidence, 'tdQuote'> {
  const { hardware, report } = parseHclReport(hcl.what);
  const { what } = itself;
  if (hardware === 'tdx' && what.kind === 'dcap') return { tdQuote: what.quote };
  if (hardware === 'snp' && what.kind === 'snp' && equal(what.report, report)) return {};
  throw several([hcl, itself]);
}

function compose(pieces: Pieces): OpenedEvidence | undefined {
  const itself = only(pieces.evidence, identity);
  const hcl = only(pieces.hclReports, (bytes) => bytes);
  const quote = only(pieces.tpmQuotes, ({ attest }) => attest);
  if (hcl !== undefined) {
    if (quote === undefined)
      throw new Refusal('missing-evidence', `The quote of the vTPM is missing beside ${quoted(hcl.at)}.`);
    const { pcrs, ...parts } = quote.what;
    if (pcrs === undefined)
      throw new Refusal('missing-evidence', `The values of the PCRs are missing beside ${quoted(quote.at)}.`);
    const hardware = itself && besideHcl(hcl, itself);
    const evidence = { kind: 'azure-vtpm', hclReport: hcl.what, ...parts, pcrs, ...hardware } as const;
    return { evidence, form: 'JSON', at: hcl.at };
  }
  if (itself !== undefined && quote !== undefined) throw several([itself, quote]);
  if (itself !== undefined) return { evidence: itself.what, form: 'JSON', at: itself.at };
  if (quote === undefined) {
    const certificate = only(pieces.certificates, (bytes) => bytes);
    return (
      certificate && {
        evidence: { kind: 'ra-tls', certificate: certificate.what },
        form: 'JSON',
        at: certificate.at,
      }
    );
  }
  const ak = akOf(only(pieces.akPublics, (bytes) => bytes));
  return { evidence: { kind: 'tpm', ...quote.what, ...ak }, form: 'JSON', at: quote.at };
}

/** Our own bundles say what they are; everything else is searched. */
function openJson(json: string): OpenedEvidence {
  const pieces = new Pieces();
  let own = false;
  walkJson(json, (node) => {
    own ||= node.step === undefined && isObject(node.value) && isBundleKind(node.value['kind']);
    return own || pieces.visit(node);
  });
  if (own) return { evidence: parseBundle(json), form: undefined };
  const found = compose(pieces);
  if (found !== undefined) return found;
  throw new Refusal('malformed', 'There is no evidence in the JSON that is known here.');
}

function openPem(file: string): OpenedEvidence | undefined {
  const found = pemBlocksOfAny(file).flatMap(({ label, bytes }) => {
    const evidence = label === 'CERTIFICATE' ? undefined : evidenceIn(bytes);
    return evidence === undefined ? [] : [{ at: label, what: evidence }];
  });
  const one = only(found, identity);
  return one && { evidence: one.what, form: 'PEM', at: one.at };
}

function openText(file: string): OpenedEvidence | undefined {
  if (/^[[{"]/.test(file)) return openJson(file);
  if (file.startsWith('-----BEGIN ')) return openPem(file);
  for (const bytes of decodings(file)) {
    const evidence =
      evidenceIn(bytes) ?? (isRaTls(bytes) ? ({ kind: 'ra-tls', certificate: bytes } as const) : undefined);
    if (evidence === undefined) continue;
    const form = /^(0x)?[0-9a-f\s]+$/i.test(file) ? 'hexadecimal' : 'base64';
    return { evidence, form };
  }
  return undefined;
}

/**
 * Evidence out of a file: as `detect` takes it, or as hexadecimal, base64 or PEM, or inside the JSON of guest agents, services and
 * libraries (dstack, Confidential Containers, Azure's guest library, go-sev-guest, ...), whatever its members are called. Nothing is verified.
 *
 * @throws {Refusal} `malformed` for a file without evidence, or with several pieces; `missing-evidence` for a part that is missing
 *
 * @example
 * const { evidence, at } = openEvidence(await readFile('quote.json'));
 */
export function openEvidence(bytes: Uint8Array): OpenedEvidence {
  if (certificatesBehindReport(bytes) !== undefined) {
    const evidence = evidenceIn(bytes);
    if (evidence !== undefined) return { evidence, form: 'extended report' };
  }
  const file = bytes.length > limits.envelope.value ? undefined : readable(bytes);
  return (file === undefined ? undefined : openText(file)) ?? { evidence: detect(bytes), form: undefined };
}

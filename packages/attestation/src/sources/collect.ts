/** Endorsements out of files whose names say nothing: as vendors serve them, as caches and libraries keep them, alone or together. */

import { quoted } from '@gaiwan/errors';
import { toHex, utf8Bytes } from '../bytes.ts';
import { pemBlocksOfAny } from '../der/pem.ts';
import { bytesIn, decodings, pemIn, readable } from '../envelope/encodings.ts';
import { certificatesBehindReport, evidenceIn } from '../envelope/pieces.ts';
import { bytesOfNode, type JsonNode, walkJson } from '../envelope/walk.ts';
import { isObject, jsonMembers } from '../json/scan.ts';
import { limits } from '../limits.ts';
import { Refusal } from '../refusal.ts';
import { isCertificateTable, parseCertificateTable } from '../snp/table.ts';
import { derElements } from '../x509/chain.ts';
import {
  certificateUnit,
  crlUnit,
  derUnit,
  jwkUnits,
  looksLikeDer,
  publicKeyUnit,
  signedUnit,
  type Unit,
} from './units.ts';

/** A file, by whatever name tells people which one it is. */
export interface NamedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What a file holds, and what of it could not be read. */
export interface Collected {
  readonly units: readonly Unit[];
  /** In words, e.g. `"tcb_info" has no signature beside it`. */
  readonly problems: readonly string[];
}

/** The place of what is the file, or stands in it without a name. */
const whole = (): string => '';

/** Gathers what one file holds. */
class Collection implements Collected {
  readonly units: Unit[] = [];
  readonly problems: string[] = [];

  #attempts = 0;

  /** Whether no more is looked at: each attempt may read the whole file again. */
  get full(): boolean {
    return this.#attempts > limits.envelopePieces.value;
  }

  add(make: () => Unit | readonly Unit[], where = whole): void {
    if (this.full) return;
    try {
      if (++this.#attempts > limits.envelopePieces.value)
        throw new Refusal(
          'malformed',
          `It holds more than ${limits.envelopePieces.value} endorsements; the others are left out.`,
        );
      this.units.push(...[make()].flat());
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const at = where();
      this.problems.push(at === '' ? error.message : `${quoted(at)}: ${error.message}`);
    }
  }

  pem(pem: string, where = whole): void {
    const before = this.units.length + this.problems.length;
    this.add(() => {
      for (const { label, bytes } of pemBlocksOfAny(pem)) {
        if (label === 'CERTIFICATE') this.add(() => certificateUnit(bytes), where);
        else if (label === 'X509 CRL') this.add(() => crlUnit(bytes), where);
        else if (label === 'PUBLIC KEY') this.add(() => publicKeyUnit(utf8Bytes(pem)), where);
      }
      return [];
    }, where);
    if (this.units.length + this.problems.length !== before) return;
    const at = where();
    this.problems.push(`${at === '' ? 'The PEM' : quoted(at)} holds no certificate, list or public key.`);
  }

  /** One certificate or list, or several certificates one after another. */
  der(bytes: Uint8Array, where = whole): void {
    this.add(() => {
      for (const der of derElements(bytes)) this.add(() => derUnit(der), where);
      return [];
    }, where);
  }

  table(bytes: Uint8Array): void {
    this.add(() => {
      for (const certificate of Object.values(parseCertificateTable(bytes)))
        this.add(() => certificateUnit(certificate));
      return [];
    });
  }
}

/** Names of the two documents of Intel's: as served, and as its quote verification library has them in a structure. */
const documents = [
  { served: 'tcbInfo', kept: 'tcb_info' },
  { served: 'enclaveIdentity', kept: 'qe_identity' },
] as const;

/** A list of bytes or hexadecimal text, as hexadecimal. */
function hexOf(value: unknown): string | undefined {
  if (typeof value === 'string') return /^[0-9a-fA-F]+$/.test(value) ? value : undefined;
  const [bytes] = bytesIn(value);
  return bytes && toHex(bytes);
}

type Document = (typeof documents)[number];

/** A document whose signature stands beside it: put together as it was served, its exact text inside. Throws `Refusal` "malformed". */
function rejoin(inner: string, beside: Readonly<Record<string, unknown>>, { served, kept }: Document): Unit {
  const signature = hexOf(beside[`${kept}_signature`]);
  if (signature === undefined) throw new Refusal('malformed', `"${kept}" has no signature beside it.`);
  return signedUnit(utf8Bytes(`{"${served}":${inner},"signature":"${signature}"}`), served);
}

/** The exact text of a document that is kept without its signature: a text of JSON, or JSON. Undefined for the served one, and for others. */
function innerText(node: JsonNode, value: unknown, { served, kept }: Document): string | undefined {
  if (typeof value === 'string') return value.includes(`"${served}"`) ? undefined : value;
  return isObject(value) ? jsonMembers(node.text()).get(kept) : undefined;
}

class JsonVisitor {
  readonly #found: Collection;

  constructor(found: Collection) {
    this.#found = found;
  }

  visit(node: JsonNode): boolean {
    const { value, path } = node;
    if (this.#found.full) return true;
    if (isObject(value)) return this.#object(node, value);
    if (typeof value === 'string') {
      const pem = pemIn(value);
      if (pem !== undefined) {
        this.#found.pem(pem, path);
        return true;
      }
    }
    for (const bytes of bytesIn(value)) {
      if (!looksLikeDer(bytes)) continue;
      this.#found.der(bytes, path);
      return true;
    }
    return false;
  }

  #object(node: JsonNode, value: Readonly<Record<string, unknown>>): boolean {
    for (const document of documents) {
      const { served, kept } = document;
      if (isObject(value[served])) {
        this.#found.add(() => signedUnit(bytesOfNode(node), served), pathOf(node, served));
        return true;
      }
      if (!isObject(value[kept]) || `${kept}_signature` in value) this.#kept(node, value, document);
    }
    return false;
  }

  #kept(node: JsonNode, value: Readonly<Record<string, unknown>>, document: Document): void {
    const { kept } = document;
    this.#found.add(
      () => {
        const inner = innerText(node, value[kept], document);
        return inner === undefined ? [] : rejoin(inner, value, document);
      },
      pathOf(node, kept),
    );
  }
}

const pathOf = (node: JsonNode, member: string) => (): string => {
  const path = node.path();
  return path === '' ? member : `${path}.${member}`;
};

function collectJson(file: string, found: Collection): void {
  found.add(() => jwkUnits(utf8Bytes(file)));
  if (found.units.length > 0) return;
  found.problems.length = 0; // It was no object: that is not what is wrong with a list.
  const visitor = new JsonVisitor(found);
  found.add(() => {
    walkJson(file, (node) => visitor.visit(node));
    return [];
  });
  if (found.units.length + found.problems.length === 0)
    found.problems.push('The JSON holds neither TCB Info, QE Identity, certificates, lists nor a key.');
}

function collectText(file: string, found: Collection): void {
  const pem = pemIn(file);
  if (/^[[{"]/.test(file)) collectJson(file, found);
  else if (pem !== undefined) found.pem(pem);
  else {
    const der = decodings(file).find(looksLikeDer);
    if (der === undefined)
      found.problems.push('It is neither DER, PEM, JSON nor hexadecimal of an endorsement.');
    else found.der(der);
  }
}

/** What a file holds. Nothing is verified. */
export function collect(bytes: Uint8Array): Collected {
  const found = new Collection();
  const table = certificatesBehindReport(bytes);
  if (looksLikeDer(bytes)) found.der(bytes);
  else if (table !== undefined) found.table(table);
  else if (isCertificateTable(bytes)) found.table(bytes);
  else if (evidenceIn(bytes) !== undefined) found.problems.push('It is evidence, and vouches for no other.');
  else {
    const file = readable(bytes);
    if (file === undefined)
      found.problems.push('It is neither DER, PEM, JSON nor hexadecimal of an endorsement.');
    else collectText(file, found);
  }
  return found;
}

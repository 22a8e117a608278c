/** Endorsements from files whose names say nothing: each is told by its content. */
import { concat, text, utf8Bytes } from '../bytes.ts';
import { SGX_EXTENSION } from '../dcap/pck.ts';
import { type Certificate, commonName } from '../der/certificate.ts';
import { parseCertificates } from '../der/chain.ts';
import { parseCrl } from '../der/crl.ts';
import type { Endorsements } from '../evidence.ts';
import { parseJsonObject } from '../json/scan.ts';
import { Refusal } from '../refusal.ts';

type Name = Exclude<keyof Endorsements, 'results' | 'activatedName' | 'hierarchy'>;
type Found = { [name in Name]?: Uint8Array } & Pick<Endorsements, 'results'>;

const AMD = '1.3.6.1.4.1.3704.1.1';

function crlName(bytes: Uint8Array): Name {
  const issuer = commonName(parseCrl(bytes).issuer) ?? '';
  if (issuer.startsWith('ARK-')) return 'amdCrl';
  return issuer.startsWith('Intel SGX PCK') ? 'pckCrl' : 'rootCrl';
}

function certificateName(certificates: readonly Certificate[]): Name {
  const names = certificates.map(({ subject }) => commonName(subject) ?? '');
  const has = (oid: string) => certificates.some(({ extensions }) => extensions.has(oid));
  if (names.includes('Intel SGX TCB Signing')) return 'tcbSigningChain';
  if (has(SGX_EXTENSION)) return 'pckChain';
  if (has(AMD)) return 'endorsementKey';
  if (names.some((name) => /^(ARK|SEV)-/.test(name))) return 'caChain';
  return certificates[0]?.basicConstraints?.ca === true ? 'akIssuers' : 'akCertificate';
}

function jsonName(readable: string): Name | 'results' {
  const json = parseJsonObject(readable);
  if ('tcbInfo' in json) return 'tcbInfo';
  if ('enclaveIdentity' in json) return 'qeIdentity';
  if ('kty' in json || 'keys' in json) return 'results';
  throw new Refusal('malformed', 'The JSON is neither TCB Info, QE Identity nor a key.');
}

/** Whether bytes are DER of a CRL rather than of a certificate: one parser takes them, the other does not. */
function derName(bytes: Uint8Array): Name {
  let certificates: readonly Certificate[];
  try {
    certificates = parseCertificates(bytes);
  } catch (error) {
    if (error instanceof Refusal) return crlName(bytes);
    throw error;
  }
  return certificateName(certificates);
}

function nameOf(bytes: Uint8Array): Name | 'results' {
  if (bytes[0] === 0x30) return derName(bytes);
  const readable = text(bytes).trimStart();
  if (readable.startsWith('{')) return jsonName(readable);
  if (readable.includes('BEGIN X509 CRL')) return crlName(bytes);
  if (readable.includes('BEGIN PUBLIC KEY')) return 'publicKey';
  if (readable.includes('BEGIN CERTIFICATE')) return certificateName(parseCertificates(bytes));
  throw new Refusal('malformed', 'It is neither DER, PEM nor JSON.');
}

/** Kinds of which several files belong together. */
const joinable: ReadonlySet<Name> = new Set(['caChain', 'akIssuers', 'pckChain']);

function add(found: Found, name: Name, bytes: Uint8Array, file: string): void {
  const before = found[name];
  if (before !== undefined && !joinable.has(name)) {
    throw new Refusal('malformed', `${file} is a second "${name}": which one is meant?`);
  }
  found[name] = before === undefined ? bytes : joined(before, bytes);
}

/** PEM texts and DER both stay what they are when put one after another; mixed ones do not. */
function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if ((a[0] === 0x30) !== (b[0] === 0x30))
    throw new Refusal('malformed', 'A chain is partly PEM and partly DER.');
  return a[0] === 0x30 ? concat(a, b) : concat(a, utf8Bytes('\n'), b);
}

/** Endorsements of files by their names (for errors) and contents. Throws `Refusal` "malformed" with the file's name. */
export function classifyEndorsements(files: ReadonlyMap<string, Uint8Array>): Endorsements {
  const found: Found = {};
  for (const [file, bytes] of files) {
    let name: Name | 'results';
    try {
      name = nameOf(bytes);
    } catch (error) {
      if (error instanceof Refusal)
        throw new Refusal('malformed', `${file} is not an endorsement: ${error.message}`);
      throw error;
    }
    if (name !== 'results') add(found, name, bytes, file);
    else {
      const keys = parseJsonObject(text(bytes));
      Object.assign(found, { results: { keys } });
      if ('kty' in keys) add(found, 'publicKey', bytes, file);
    }
  }
  return found;
}

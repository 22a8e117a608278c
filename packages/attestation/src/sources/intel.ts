/** Intel's Provisioning Certification Service, and PCCS caches, which speak the same paths (PCS API v4). */
import { fromHex, text, utf8Bytes } from '../bytes.ts';
import { parsePck } from '../dcap/pck.ts';
import { parseQuote } from '../dcap/quote.ts';
import type { DcapEndorsements } from '../dcap/verify.ts';
import type { Evidence } from '../evidence.ts';
import { innerEvidence } from '../ratls/inner.ts';
import { Refusal } from '../refusal.ts';
import { leafFirst, parseCertificates } from '../x509/chain.ts';
import { type Answer, get, type HttpOptions } from './http.ts';
import { type EndorsementSource, SourceError } from './source.ts';

/** Where Intel's endorsements come from. */
export interface IntelOptions extends HttpOptions {
  /** Default: Intel's own service. */
  readonly url?: string;
  /** Where the root's revocation list is; for a PCCS, its own `/sgx/certification/v4/rootcacrl`. */
  readonly rootCrlUrl?: string;
  /** How soon TCB recoveries count. Default: "standard". */
  readonly update?: 'standard' | 'early';
  /** For quotes that carry no certificate: PCK leaf, PCK CA, root. */
  readonly pckChain?: Uint8Array;
}

const PCS = 'https://api.trustedservices.intel.com';
const ROOT_CRL = 'https://certificates.trustedservices.intel.com/IntelSGXRootCA.der';

function quoteOf(given: Evidence): Uint8Array {
  const evidence = innerEvidence(given);
  if (evidence?.kind === 'dcap') return evidence.quote;
  if (evidence?.kind === 'azure-vtpm' && evidence.tdQuote !== undefined) return evidence.tdQuote;
  throw new SourceError('wrong-kind', `Evidence of the kind "${given.kind}" has no quote of Intel's.`);
}

/** A chain in a header: PEM, URL-encoded. */
function chainOf({ headers }: Answer, names: readonly string[], url: string): Uint8Array {
  const value = names.map((name) => headers.get(name)).find((found) => found !== null);
  if (value === undefined || value === null)
    throw new SourceError('bad-answer', `${url} sends no issuer chain.`);
  try {
    return utf8Bytes(decodeURIComponent(value));
  } catch {
    throw new SourceError('bad-answer', `${url} sends an issuer chain that is not URL-encoded.`);
  }
}

/** A list as DER; PCCS caches send it in hexadecimal. */
function crlOf({ bytes }: Answer): Uint8Array {
  if (bytes.some((byte) => byte > 0x7f)) return bytes;
  const readable = text(bytes).trim();
  return /^[0-9a-fA-F]+$/.test(readable) ? fromHex(readable) : bytes;
}

/** The platform of a quote, by what its PCK certificate says. */
function platformOf(quoteBytes: Uint8Array, given: Uint8Array | undefined) {
  const quote = parseQuote(quoteBytes);
  const chain = quote.certificationType === 5 ? quote.certificationData : given;
  if (chain === undefined) throw new Refusal('pck-certificate-needed');
  const [leaf] = leafFirst(parseCertificates(chain));
  if (leaf === undefined) throw new Refusal('cert-chain', 'The quote carries no certificate.');
  return { tee: quote.tee, ...parsePck(leaf) };
}

/**
 * Endorsements of SGX and TDX quotes, also of those in RA-TLS certificates and in Azure's composites.
 *
 * @example
 * const source = cachedSource(intelSource({ url: 'https://pccs.example' }));
 * const endorsements = await source.endorsements({ kind: 'dcap', quote });
 */
export function intelSource(options: IntelOptions = {}): EndorsementSource {
  const base = (options.url ?? PCS).replace(/\/+$/, '');
  const rootCrlUrl =
    options.rootCrlUrl ?? (options.url === undefined ? ROOT_CRL : `${base}/sgx/certification/v4/rootcacrl`);
  return {
    async endorsements(evidence): Promise<DcapEndorsements> {
      const { tee, fmspc, ca } = platformOf(quoteOf(evidence), options.pckChain);
      const update = `update=${options.update ?? 'standard'}`;
      const infoUrl = `${base}/${tee}/certification/v4/tcb?fmspc=${fmspc}&${update}`;
      const identityUrl = `${base}/${tee}/certification/v4/qe/identity?${update}`;
      const crlUrl = `${base}/sgx/certification/v4/pckcrl?ca=${ca}&encoding=der`;
      const [info, identity, pckCrl, rootCrl] = await Promise.all([
        get(infoUrl, options),
        get(identityUrl, options),
        get(crlUrl, options),
        get(rootCrlUrl, options),
      ]);
      return {
        tcbInfo: info.bytes,
        tcbSigningChain: chainOf(info, ['tcb-info-issuer-chain', 'sgx-tcb-info-issuer-chain'], infoUrl),
        qeIdentity: identity.bytes,
        qeIdentitySigningChain: chainOf(identity, ['sgx-enclave-identity-issuer-chain'], identityUrl),
        pckCrl: crlOf(pckCrl),
        rootCrl: crlOf(rootCrl),
        ...(options.pckChain && { pckChain: options.pckChain }),
      };
    },
  };
}

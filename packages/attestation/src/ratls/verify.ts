/**
 * RA-TLS: a certificate whose evidence vouches for the key of the session. Trust comes from the evidence, not from a CA
 * (CCC "Interoperable RA-TLS"; docs/attestation/ratls.md has every convention).
 */

import { challengeOf } from '../arm/cca.ts';
import { concat, equal, fromHex, toHex, utf8Bytes } from '../bytes.ts';
import type { Context } from '../context.ts';
import type { Hash } from '../crypto/crypto.ts';
import { looksLikeQuote, parseQuote } from '../dcap/quote.ts';
import { detect } from '../detect.ts';
import type { Evidence, RaTlsEvidence } from '../evidence.ts';
import { isObject } from '../json/scan.ts';
import { limits } from '../limits.ts';
import { parseNitroDocument } from '../nitro/document.ts';
import { Refusal } from '../refusal.ts';
import { parseSnpReport } from '../snp/report.ts';
import { parseAttest } from '../tpm/attest.ts';
import type { Unread } from '../unread.ts';
import type { Certificate } from '../x509/certificate.ts';
import { checkValidity, parseCertificates } from '../x509/chain.ts';
import type { RootFacts } from '../x509/roots.ts';
import { type ClaimsBuffer, type EmbeddedEvidence, embeddedEvidence } from './extract.ts';

/** What a session's certificate proves. `I`: the result for the evidence inside. */
export interface VerifiedRaTls<I extends RootFacts> extends RootFacts {
  readonly kind: 'ra-tls';
  readonly claims: Readonly<Record<string, unknown>>;
  readonly certificate: Certificate;
  /** Result for the first evidence; all were verified and say the same of the enclave. */
  readonly inner: I;
  /** Nonce of the claims buffer, hexadecimal. */
  readonly nonce: string | undefined;
  /** When it was made, as the claims buffer says; milliseconds since 1970. */
  readonly issuedAt: number | undefined;
  /** SHA-256 of the program's configuration, as the claims buffer says; hexadecimal. */
  readonly configuration: string | undefined;
  /** What binds it to one connection, as the claims buffer says; hexadecimal. */
  readonly connection: string | undefined;
  /** What names a key that signs for connections, as the claims buffer says; hexadecimal. */
  readonly sessionSigningKey: string | undefined;
}

/** A certificate with the key of its session, and all evidence in it. */
interface Session {
  readonly certificate: Certificate;
  /** SubjectPublicKeyInfo (DER) of the key that all evidence must vouch for. */
  readonly spki: Uint8Array;
  readonly evidences: readonly EmbeddedEvidence[];
}

/** IANA "Named Information Hash Algorithm Registry", as claims buffers number hashes. */
const namedHashes: Readonly<Record<number, Hash>> = { 1: 'sha256', 7: 'sha384', 8: 'sha512' };

const padTo64 = (digest: Uint8Array): Uint8Array => concat(digest, new Uint8Array(64 - digest.length));

/** PEM text of a key as OpenSSL writes it: lines of 64 characters, each ended by LF. */
function pemText(spki: Uint8Array): string {
  const base64 = btoa(String.fromCharCode(...spki));
  return `-----BEGIN PUBLIC KEY-----\n${base64.replace(/.{1,64}/g, '$&\n')}-----END PUBLIC KEY-----\n`;
}

/** What the report data may be for the quote to vouch for the key: each is a hash of it. None: the convention defines nothing. */
async function expectedReportData(
  embedded: EmbeddedEvidence,
  session: Session,
  context: Context,
): Promise<readonly Uint8Array[]> {
  const { crypto } = context;
  const { spki } = session;
  switch (embedded.convention) {
    case 'tagged':
      return [padTo64(await crypto.digest('sha256', embedded.claims.bytes))];
    case 'gramine':
      // Gramine fills half of the report data, others that use its identifier all of it.
      return [padTo64(await crypto.digest('sha256', spki)), await crypto.digest('sha512', spki)];
    case 'open-enclave':
      return [padTo64(await crypto.digest('sha256', utf8Bytes(`${pemText(spki)}\0`)))];
    case 'dstack':
    case 'dstack-versioned':
      return [await crypto.digest('sha512', concat(utf8Bytes('ratls-cert:'), spki))];
    case 'intel-sdk': {
      // The SDK writes the quote of the tagged extension again.
      const twin = session.evidences.find(
        ({ convention, evidence }) => convention === 'tagged' && equal(evidence, embedded.evidence),
      );
      return twin === undefined ? [] : expectedReportData(twin, session, context);
    }
    default:
      return [];
  }
}

/** The claims buffer names the key that it is about: "pubkey-hash". */
async function checkClaimsBuffer(claims: ClaimsBuffer, spki: Uint8Array, context: Context): Promise<void> {
  const hash = namedHashes[claims.hashAlgorithm];
  if (hash === undefined)
    throw new Refusal('unsupported-algorithm', `The key's hash is of the algorithm ${claims.hashAlgorithm}.`);
  if (!equal(await context.crypto.digest(hash, spki), claims.keyHash)) {
    throw new Refusal('key-binding', 'The evidence names another key than that of the session.');
  }
}

/** What evidence says it was made for, not yet verified. */
function boundData(evidence: Evidence): Uint8Array | undefined {
  switch (evidence.kind) {
    case 'dcap':
      return fromHex(parseQuote(evidence.quote).body.reportData);
    case 'snp':
      return fromHex(parseSnpReport(evidence.report).reportData);
    case 'nitro':
      return parseNitroDocument(evidence.document).nonce ?? undefined;
    case 'tpm':
      return parseAttest(evidence.attest).extraData;
    case 'cca':
      return challengeOf(evidence.token);
    default:
      throw new Refusal(
        'unsupported-version',
        `Evidence of the kind "${evidence.kind}" cannot vouch for a key.`,
      );
  }
}

/** Throws unless the evidence was made for the key of the session, by the convention of its extension. */
async function checkBinding(
  embedded: EmbeddedEvidence,
  evidence: Evidence,
  session: Session,
  context: Context,
): Promise<void> {
  if (embedded.claims !== undefined) await checkClaimsBuffer(embedded.claims, session.spki, context);
  const expected = await expectedReportData(embedded, session, context);
  if (expected.length === 0) {
    throw new Refusal(
      'key-binding',
      `The extension ${embedded.oid} does not define how its evidence vouches for a key.`,
    );
  }
  // A TPM has room for a digest only.
  const wanted: Uint8Array[] = [];
  for (const data of expected)
    wanted.push(evidence.kind === 'tpm' ? await context.crypto.digest('sha256', data) : data);
  const bound = boundData(evidence);
  if (bound === undefined || !wanted.some((data) => equal(bound, data))) {
    throw new Refusal(
      embedded.convention === 'tagged' ? 'claims-binding' : 'key-binding',
      'The report data are not those of this key.',
    );
  }
}

/** What identifies the code, for comparing several quotes of one certificate. */
function identityOf(bytes: Uint8Array): string {
  if (!looksLikeQuote(bytes)) return toHex(bytes);
  const { tee, body } = parseQuote(bytes);
  return tee === 'sgx'
    ? `${body.mrEnclave} ${body.mrSigner} ${body.attributes}`
    : `${body.mrTd} ${body.tdAttributes} ${body.rtmr0} ${body.rtmr1} ${body.rtmr2} ${body.rtmr3}`;
}

const isoTime = (time: number): string => new Date(time).toISOString().replace('.000Z', 'Z');

async function bindingClaims(
  { certificate, spki, evidences }: Session,
  context: Context,
): Promise<Record<string, unknown>> {
  const tagged = evidences.find(({ claims }) => claims !== undefined);
  const legacy = evidences.find((embedded) => embedded !== tagged && looksLikeQuote(embedded.evidence));
  const main = tagged ?? legacy;
  const quote = main && looksLikeQuote(main.evidence) ? parseQuote(main.evidence) : undefined;
  const digest = (bytes: Uint8Array) => context.crypto.digest('sha256', bytes);
  return {
    subjectPublicKeySha256: toHex(await digest(spki)),
    certificateNotBefore: isoTime(certificate.notBefore),
    certificateNotAfter: isoTime(certificate.notAfter),
    ...(main && { extensionOid: main.oid, evidenceKind: detect(main.evidence).kind }),
    ...(quote && { quoteReportData: quote.body.reportData, debug: quote.body.debug }),
    ...(quote?.tee === 'sgx' && { mrEnclave: quote.body.mrEnclave, mrSigner: quote.body.mrSigner }),
    ...(quote?.tee === 'tdx' && { mrTd: quote.body.mrTd }),
    ...(tagged?.claims && {
      cborTag: tagged.tag,
      claimNames: tagged.claims.names,
      pubkeyHashAlg: tagged.claims.hashAlgorithm,
      pubkeyHash: toHex(tagged.claims.keyHash),
      claimsBufferSha256: toHex(await digest(tagged.claims.bytes)),
    }),
    ...(tagged &&
      legacy && {
        legacyOid: legacy.oid,
        legacyQuoteReportData: parseQuote(legacy.evidence).body.reportData,
      }),
  };
}

/** What a certificate says, unverified: for `inspect`. Throws `Refusal` for bytes that are no certificate. */
export async function inspectRaTls(
  bytes: Uint8Array,
  context: Context,
  unread: Unread,
): Promise<Record<string, unknown>> {
  const certificate = leafOf(bytes);
  const evidences = unread.part('the evidence in the certificate', () => embeddedEvidence(certificate)) ?? [];
  for (const { oid, convention, evidence } of evidences) {
    if (convention !== 'teaclave') unread.part(`the evidence under ${oid}`, () => detect(evidence));
  }
  const session = { certificate, spki: certificate.spki, evidences };
  const claims = await unread.asyncPart('what the evidence is bound to', () =>
    bindingClaims(session, context),
  );
  return claims ?? bindingClaims({ ...session, evidences: [] }, context);
}

function leafOf(bytes: Uint8Array): Certificate {
  const [leaf] = parseCertificates(bytes);
  if (leaf === undefined) throw new Refusal('missing-evidence', 'There is no certificate.');
  return leaf;
}

/** The evidence of a session that can be verified here: at least one. */
function verifiableEvidence(certificate: Certificate): readonly [EmbeddedEvidence, ...EmbeddedEvidence[]] {
  const all = embeddedEvidence(certificate);
  // Teaclave's JSON beside real evidence is for its old clients, and no reason to believe anything.
  const [first, ...others] = all.filter(({ convention }) => convention !== 'teaclave');
  if (first !== undefined) return [first, ...others];
  if (all.length > 0) {
    throw new Refusal(
      'unsupported-version',
      "The certificate carries a report of an attestation service only: it is judged by that service's root, not here.",
    );
  }
  const has = [...certificate.extensions.keys()].slice(0, limits.namedExtensions.value).join(', ');
  throw new Refusal(
    'missing-evidence',
    `The certificate of the session carries no evidence under an identifier that is known; its extensions: ${has || 'none'}.`,
  );
}

/** Verifies the first evidence, and all others that are not the same bytes. */
async function verifyEach<I>(
  [first, ...others]: readonly [EmbeddedEvidence, ...EmbeddedEvidence[]],
  verifyInner: (evidence: Evidence) => Promise<I>,
): Promise<readonly [I, ...I[]]> {
  const results: [I, ...I[]] = [await verifyInner(detect(first.evidence))];
  const seen = [first.evidence];
  for (const { evidence } of others) {
    if (seen.some((known) => equal(known, evidence))) continue;
    seen.push(evidence);
    results.push(await verifyInner(detect(evidence)));
  }
  return results;
}

/**
 * Verifies the certificate of a session; `verifyInner` judges the evidence inside, all of which must be good, vouch for
 * the session's key and be of the same code. Throws `Refusal`.
 */
export async function verifyRaTls<I extends RootFacts>(
  { certificate: bytes, sessionKey }: RaTlsEvidence,
  context: Context,
  verifyInner: (evidence: Evidence) => Promise<I>,
): Promise<VerifiedRaTls<I>> {
  const certificate = leafOf(bytes);
  const evidences = verifiableEvidence(certificate);
  const session: Session = { certificate, spki: sessionKey ?? certificate.spki, evidences };
  // 1. Every evidence was made for the key of the session.
  for (const embedded of evidences) await checkBinding(embedded, detect(embedded.evidence), session, context);
  // 2. All of it is of one program.
  if (new Set(evidences.map(({ evidence }) => identityOf(evidence))).size > 1) {
    throw new Refusal('claims-binding', 'The certificate carries evidence of two different programs.');
  }
  // 3. The certificate holds; nobody's signature under it matters.
  checkValidity([certificate], context.at);
  // 4. The evidence is genuine.
  const results = await verifyEach(evidences, verifyInner);
  const [inner] = results;
  const { nonce, issuedAt, configuration, connection, sessionSigningKey } = evidences[0].claims ?? {};
  return {
    kind: 'ra-tls',
    claims: { ...(await bindingClaims(session, context)), bindingHolds: true, ...fmspcOf(inner) },
    certificate,
    inner,
    simulated: results.some(({ simulated }) => simulated),
    nonce: nonce && toHex(nonce),
    issuedAt: issuedAt === undefined ? undefined : issuedAt * 1000,
    configuration: configuration && toHex(configuration),
    connection: connection && toHex(connection),
    sessionSigningKey: sessionSigningKey && toHex(sessionSigningKey),
  };
}

function fmspcOf(inner: unknown): { fmspc?: string } {
  const pck = isObject(inner) ? inner['pck'] : undefined;
  const fmspc = isObject(pck) ? pck['fmspc'] : undefined;
  return typeof fmspc === 'string' ? { fmspc } : {};
}

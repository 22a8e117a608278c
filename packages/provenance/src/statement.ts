/** In-toto statements: which bytes a bundle is about (https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md). */
import { ProvenanceError } from './errors.ts';
import { membersOf, readJson } from './json.ts';
import { limits } from './limits.ts';

const TYPES = new Set(['https://in-toto.io/Statement/v1', 'https://in-toto.io/Statement/v0.1']);
const PREDICATES = new Set(['https://slsa.dev/provenance/v1', 'https://slsa.dev/provenance/v0.2']);

/**
 * Holds the statement to the code. The predicate is the build's own story; who built is taken from the certificate alone.
 * Throws `ProvenanceError` (not-a-bundle, not-provenance, other-code).
 */
export function requireStatementAbout(payload: Uint8Array, sha256: string): void {
  const refuse = (why: string) =>
    new ProvenanceError('not-a-bundle', `The bundle has no in-toto statement: ${why}.`);
  const values = readJson(payload);
  if (values?.length !== 1) throw refuse('it is no JSON');
  const { _type, subject, predicateType } = membersOf(values[0]);
  if (typeof _type !== 'string' || !TYPES.has(_type)) throw refuse('its type is unknown');
  if (typeof predicateType !== 'string' || !PREDICATES.has(predicateType))
    throw new ProvenanceError(
      'not-provenance',
      `The statement's predicate is ${JSON.stringify(predicateType)?.slice(0, 200)}, no SLSA provenance.`,
    );
  if (!Array.isArray(subject) || subject.length > limits.subjects.value) throw refuse('its subjects');
  const digests = subject.map(digestOf).filter((digest) => digest !== undefined);
  if (digests.includes(sha256)) return;
  throw new ProvenanceError(
    'other-code',
    `The provenance is about ${digests.length === 1 ? `code with the SHA-256 ${digests[0]}` : `${digests.length} other files`}, and this code has ${sha256}.`,
  );
}

function digestOf(subject: unknown): string | undefined {
  const { sha256 } = membersOf(membersOf(subject).digest);
  return typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256) ? sha256 : undefined;
}

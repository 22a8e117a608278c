/**
 * Whose word counts about builds: the roots of one or more Sigstore instances, as "gh attestation trusted-root" and "cosign trusted-root create"
 * write them (Sigstore's TrustedRoot in JSON; several on lines of their own).
 */
import { messageOf } from '@gaiwan/errors';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { type TrustMaterial, toTrustMaterial } from '@sigstore/verify';
import { ProvenanceError } from './errors.ts';
import { readJson } from './json.ts';
import { limits } from './limits.ts';

/** At least one. */
export type TrustedRoots = readonly TrustMaterial[];

/** Throws `ProvenanceError` (not-a-trusted-root). */
export function readTrustedRoots(bytes: Uint8Array): TrustedRoots {
  const refuse = (why: string, cause?: unknown) =>
    new ProvenanceError('not-a-trusted-root', `This is no Sigstore trusted root: ${why}.`, { cause });
  if (bytes.length > limits.trustedRoot.value) throw refuse(`more than ${limits.trustedRoot.value} bytes`);
  const values = readJson(bytes);
  if (values === undefined || values.length === 0) throw refuse('it is no JSON');
  if (values.length > limits.trustedRoots.value) throw refuse(`more than ${limits.trustedRoots.value} roots`);
  return values.map((value) => {
    try {
      const root = TrustedRoot.fromJSON(value);
      if (root.certificateAuthorities.length === 0) throw new Error('it names no certificate authority');
      return toTrustMaterial(root);
    } catch (error) {
      throw refuse(messageOf(error), error);
    }
  });
}

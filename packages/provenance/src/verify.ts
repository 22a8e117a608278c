/** Sigstore bundles (https://docs.sigstore.dev/about/bundle/) about a function's code. */
import { messageOf } from '@gaiwan/errors';
import { type Bundle, bundleFromJSON } from '@sigstore/bundle';
import { type Signer, type TrustMaterial, toSignedEntity, Verifier } from '@sigstore/verify';
import { type Build, buildOf, factsOf } from './build.ts';
import { ProvenanceError } from './errors.ts';
import { readJson } from './json.ts';
import { limits } from './limits.ts';
import { requireStatementAbout } from './statement.ts';
import type { TrustedRoots } from './trusted-root.ts';

/**
 * Who built the code, as one of the roots vouches for it: certificate, its entry in a log of certificates, time, entry in the transparency log,
 * signature, and then what was signed. Works without a network.
 *
 * @param bytes One bundle in JSON.
 * @param sha256 Of the code (hex).
 * Throws `ProvenanceError`.
 */
export function verifyProvenance(bytes: Uint8Array, sha256: string, roots: TrustedRoots): Build {
  const bundle = readBundle(bytes);
  const signer = verifySignature(bundle, roots);
  const { oids = [], subjectAlternativeName = '' } = signer.identity ?? {};
  const build = buildOf(factsOf(oids), subjectAlternativeName);
  requireStatementAbout(statementOf(bundle), sha256);
  return build;
}

const notABundle = (why: string, cause?: unknown) =>
  new ProvenanceError('not-a-bundle', `This is no Sigstore bundle: ${why}.`, { cause });

function readBundle(bytes: Uint8Array): Bundle {
  if (bytes.length > limits.bundle.value) throw notABundle(`more than ${limits.bundle.value} bytes`);
  const values = readJson(bytes);
  if (values === undefined || values.length === 0) throw notABundle('it is no JSON');
  if (values.length > 1) throw notABundle(`the file has ${values.length}, give the one of the build`);
  try {
    return bundleFromJSON(values[0]);
  } catch (error) {
    throw notABundle(messageOf(error), error);
  }
}

const STATEMENT = 'application/vnd.in-toto+json';

function statementOf({ content }: Bundle): Uint8Array {
  if (content.$case !== 'dsseEnvelope') throw notABundle('it signs bytes, and makes no statement about them');
  const { payloadType, payload } = content.dsseEnvelope;
  if (payloadType === STATEMENT) return payload;
  throw notABundle(`its envelope has the type ${JSON.stringify(payloadType.slice(0, 200))}`);
}

/** By the first root that vouches for it. */
function verifySignature(bundle: Bundle, roots: TrustedRoots): Signer {
  if (bundle.verificationMaterial.content.$case === 'publicKey')
    throw new ProvenanceError('unknown-builder', 'The bundle is signed by a bare key, not by a build.');
  let last: unknown;
  for (const root of roots) {
    try {
      return verifyBy(root, bundle);
    } catch (error) {
      last = error;
    }
  }
  throw new ProvenanceError('not-verified', `The bundle does not verify: ${messageOf(last)}.`, {
    cause: last,
  });
}

/** The library throws plain errors too for bytes that it cannot read. */
function verifyBy(root: TrustMaterial, bundle: Bundle): Signer {
  const entity = toSignedEntity(bundle);
  return new Verifier(root).verify(entity);
}

/** Reads a manifest that the platform sent, believing nothing: the digest is computed here, the form is checked. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { authorityOfKey, ManifestError, parseManifest, type TaskManifest } from '@gaiwan/protocol';
import { GaiwanError } from './errors.ts';

const bad = (why: string, cause?: unknown) =>
  new GaiwanError(
    'bad-manifest',
    `The platform's manifest cannot be approved: ${why}. Do not approve it by any other way, and tell the operator.`,
    { cause },
  );

/** Throws `GaiwanError` (bad-manifest). `claimed`: the digest that the platform says it has. */
export function readManifest(
  bytes: Uint8Array,
  claimed: Uint8Array,
  taskId: string,
): { manifest: TaskManifest; digest: Uint8Array } {
  const digest = createHash('sha256').update(bytes).digest();
  if (claimed.length !== digest.length || !timingSafeEqual(digest, claimed)) {
    throw bad('its SHA-256 is not the digest that came with it');
  }
  const manifest = parse(bytes);
  if (manifest.task !== taskId) throw bad(`it is about ${JSON.stringify(manifest.task)}, another task`);
  return { manifest, digest: new Uint8Array(digest) };
}

/** The account's own key is the one that the manifest names for it. Throws `GaiwanError` (bad-manifest). */
export function requireOwnKey(
  { participants }: TaskManifest,
  { subject, keyId }: { readonly subject: string; readonly keyId: string },
): void {
  const own = participants.find((participant) => participant.subject === subject);
  if (own && own.authority !== authorityOfKey(keyId))
    throw bad(
      `it says that your approval rests on ${own.authority.slice(0, 20)}, and you sign with another key`,
    );
}

function parse(bytes: Uint8Array): TaskManifest {
  try {
    return parseManifest(bytes);
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    throw bad(error.message.replace(/^It/, 'it').replace(/[.]$/, ''), error);
  }
}

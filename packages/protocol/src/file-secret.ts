/** The keys and places of a task's files, and how a manifest names them without telling them. */

/** How a file is encrypted; `raw`: not at all, and so for inputs only. */
export const fileSchemas = ['aes-gcm-128', 'aes-gcm-256', 'teaclave-file-128', 'raw'] as const;
export type FileSchema = (typeof fileSchemas)[number];

/** Bytes of the salt of a `raw` file's commitment. */
export const SALT_BYTES = 32;

/** What only the file's owners and the workers of approved tasks know. */
export interface FileSecret {
  readonly schema: FileSchema;
  /** Empty for `raw`. */
  readonly key: Uint8Array;
  /** Empty for schemas that draw their own. */
  readonly iv: Uint8Array;
  /** Where the ciphertext is, or goes to. */
  readonly url: string;
  /** 32 random bytes for `raw`, which has no key that would hide the rest; empty for the others. */
  readonly salt: Uint8Array;
}

const CONTENT_URL = /^data:text\/plain;sha256,([0-9a-f]{64})$/;

/**
 * What stands for a `data:` URL wherever its content is kept apart: in a commitment, and for workers. It names the content by its SHA-256
 * (64 hexadecimal digits).
 *
 * @example
 * contentUrl(createHash('sha256').update('hello').digest('hex')); // data:text/plain;sha256,2cf24d...
 */
export const contentUrl = (sha256: string): string => `data:text/plain;sha256,${sha256}`;

/** The SHA-256 (hexadecimal) in such a URL; undefined for any other. */
export const contentDigest = (url: string): string | undefined => CONTENT_URL.exec(url)?.[1];

const DATA_URL = /^data:text\/plain;base64,([A-Za-z0-9+/]*={0,2})$/;

/** The base64 in a `data:` URL of the one form that is taken; undefined for any other. */
export const base64OfUrl = (url: string): string | undefined => DATA_URL.exec(url)?.[1];

const LABEL = 'gaiwan-file-commitment/1';

/**
 * The bytes whose SHA-256 a manifest has as a file's `commitment`: the label, schema, key, IV, salt and URL, each after
 * its length (32 bits, big-endian). They contain the key: wipe them when they are hashed.
 *
 * The URL of content that is in the URL itself is `contentUrl`.
 *
 * A plain hash hides what it commits to, because a key or a salt in it has at least 128 random bits that nobody can
 * guess, and binds it, because SHA-256 resists collisions.
 *
 * @example
 * const bytes = fileCommitmentBytes(secret);
 * const commitment = createHash('sha256').update(bytes).digest('hex');
 * bytes.fill(0);
 */
export function fileCommitmentBytes({ schema, key, iv, salt, url }: FileSecret): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const parts = [encoder.encode(LABEL), encoder.encode(schema), key, iv, salt, encoder.encode(url)];
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + 4 + part.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const part of parts) {
    view.setUint32(at, part.length);
    bytes.set(part, at + 4);
    at += 4 + part.length;
  }
  return bytes;
}

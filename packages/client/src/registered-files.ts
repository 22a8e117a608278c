/** What this client knows of the files that it registered: no manifest may name them with another key or place. */
import { createHash } from 'node:crypto';
import type { FileKey } from '@gaiwan/files';
import { base64OfUrl, contentUrl, fileCommitmentBytes, type TaskManifest } from '@gaiwan/protocol';
import { GaiwanError } from './errors.ts';

const NONE = new Uint8Array();

/**
 * What a manifest must say of a file with this key and URL: `commitment`, 64 hexadecimal digits. Whoever keeps it can
 * compare it with the manifests of later sessions; it gives nothing away.
 *
 * @example
 * const mine = fileCommitment({ url, key });
 * const { manifest } = await client.tasks.manifest(taskId);
 * if (manifest.outputs.find(({ id }) => id === outputId)?.commitment !== mine) throw new Error('not my key');
 */
export function fileCommitment({ url, key }: { readonly url: string; readonly key: FileKey }): string {
  const bytes = fileCommitmentBytes({
    schema: key.scheme,
    key: key.key,
    iv: key.iv ?? NONE,
    salt: NONE,
    url: committedUrl(url),
  });
  const commitment = createHash('sha256').update(bytes).digest('hex');
  bytes.fill(0);
  return commitment;
}

/** Content that is in the URL is committed to by its digest. */
function committedUrl(url: string): string {
  const base64 = base64OfUrl(url);
  if (base64 === undefined) return url;
  return contentUrl(createHash('sha256').update(Buffer.from(base64, 'base64')).digest('hex'));
}

export class RegisteredFiles {
  /** By data id. */
  readonly #commitments = new Map<string, string>();

  add(dataId: string, file: { readonly url: string; readonly key: FileKey }): void {
    this.#commitments.set(dataId, fileCommitment(file));
  }

  /** The same file under another id. */
  addCopy(dataId: string, of: string): void {
    const commitment = this.#commitments.get(of);
    if (commitment !== undefined) this.#commitments.set(dataId, commitment);
  }

  /** Throws `GaiwanError` (bad-manifest) for a manifest that says something else of a file than is known here. */
  check({ inputs, outputs }: TaskManifest): void {
    const wrong = [...inputs, ...outputs].find(
      ({ id, commitment }) => (this.#commitments.get(id) ?? commitment) !== commitment,
    );
    if (!wrong) return;
    throw new GaiwanError(
      'bad-manifest',
      `The platform's manifest cannot be approved: it names ${wrong.id} with another key or place than this client registered. Do not approve it by any other way, and tell the operator.`,
    );
  }
}

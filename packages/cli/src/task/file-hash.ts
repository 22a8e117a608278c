import { createHash } from 'node:crypto';
import { readChunks } from '@gaiwan/files/node';

/** SHA-256 (hex) of a file. Rejects with `FilesError` (io). */
export async function fileSha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of readChunks(path)) hash.update(chunk);
  return hash.digest('hex');
}

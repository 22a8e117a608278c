import { existsSync, readFileSync } from 'node:fs';
import { type Crypto, VerificationCache } from '@gaiwan/attestation';
import { crypto as web } from '@gaiwan/attestation/webcrypto';
import { describe, expect, it } from 'vitest';
import type { Line } from './format.ts';
import { runConformance } from './run.ts';

const shared = new URL('../../../../../shared/attestation/', import.meta.url);
const NOW = Date.parse('2026-12-01T00:00:00Z');

async function linesOf(folder: string, crypto: Crypto | undefined, cached = false): Promise<Line[]> {
  const read = (path: string) => new Uint8Array(readFileSync(new URL(`${folder}/${path}`, shared)));
  const lines: Line[] = [];
  const cache = cached ? { cache: new VerificationCache() } : {};
  for await (const line of runConformance({ read, now: NOW, ...(crypto && { crypto }), ...cache }))
    lines.push(line);
  return lines;
}

describe.each([
  ['vectors', 285],
  ['vectors-tpm', 17],
])('%s', (folder, count) => {
  const present = existsSync(new URL(`${folder}/index.json`, shared));
  if (!present) console.warn(`SKIPPED: shared/attestation/${folder} is not on this machine`);

  it.skipIf(!present).each([
    ['node:crypto', undefined, false],
    ['WebCrypto', web, false],
    ['node:crypto, cached', undefined, true],
  ] as const)('every vector is right with %s', async (_name, crypto, cached) => {
    const lines = await linesOf(folder, crypto, cached);
    expect(lines.filter(({ ok }) => !ok)).toEqual([]);
    expect(lines).toHaveLength(count);
  });
});

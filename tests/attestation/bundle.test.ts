import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

const LIMIT = 40 * 1024;

/** Bytes of a minified browser bundle, compressed. */
async function sizeOf(contents: string): Promise<{ plain: number; gzip: number; text: string }> {
  const result = await build({
    stdin: { contents, resolveDir: import.meta.dirname },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    write: false,
  });
  const text = result.outputFiles[0]?.text ?? '';
  return { plain: text.length, gzip: gzipSync(text, { level: 9 }).length, text };
}

describe('what a browser loads', () => {
  it('DCAP, SNP and Nitro verification with appraisal: at most 40 KB compressed, no Node in it', async () => {
    const { plain, gzip, text } = await sizeOf(`
      export { verifyQuote } from '@gaiwan/attestation/dcap';
      export { verifyReport } from '@gaiwan/attestation/snp';
      export { verifyDocument } from '@gaiwan/attestation/nitro';
      export { appraise } from '@gaiwan/attestation';
    `);
    console.log(`DCAP + SNP + Nitro: ${plain} bytes, ${gzip} compressed`);
    expect(gzip).toBeLessThanOrEqual(LIMIT);
    expect(text).not.toContain('node:');
    expect(text).toContain('subtle');
  });

  it('the whole library, told', async () => {
    const { plain, gzip, text } = await sizeOf("export * from '@gaiwan/attestation';");
    console.log(`everything: ${plain} bytes, ${gzip} compressed`);
    expect(gzip).toBeLessThanOrEqual(1.5 * LIMIT);
    expect(text).not.toContain('node:');
  });
});

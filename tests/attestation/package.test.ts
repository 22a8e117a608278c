import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const folder = fileURLToPath(new URL('../../packages/attestation/', import.meta.url));

/** What `npm publish` would send: names in the package. */
function published(): string[] {
  const out = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const packed: { files: { path: string }[] }[] = JSON.parse(out);
  return packed.flatMap(({ files }) => files.map(({ path }) => path));
}

it("the verifier's package has nothing that makes evidence: no issuer, no machine, no vectors", () => {
  const files = published().filter((path) => !path.endsWith('.test.ts'));
  expect(files).toContain('dist/index.js');
  const makers = /^(?:dist|src)\/(?:issue|simulated|machines|testing|conformance|fuzz|negative)\/|^test\//;
  expect(files.filter((path) => makers.test(path))).toEqual([]);
  const importing = files
    .filter((path) => /^src\/.*\.ts$/.test(path))
    .filter((path) => readFileSync(`${folder}${path}`, 'utf8').includes('@gaiwan/attestation-kit'));
  expect(importing).toEqual([]);
});

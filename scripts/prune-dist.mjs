// Removes what earlier builds left in dist/ of sources that are gone: what is built must be a function of the sources alone,
// for it is measured (docs/architecture.md).
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packages = fileURLToPath(new URL('../packages', import.meta.url));
for (const name of readdirSync(packages)) {
  const dist = join(packages, name, 'dist');
  if (!existsSync(dist)) continue;
  // Made anew by scripts/bundle-runners.mjs, in the package whose sources it bundles.
  rmSync(join(dist, 'bundles'), { recursive: true, force: true });
  const { exclude } = JSON.parse(readFileSync(join(packages, name, 'tsconfig.json'), 'utf8'));
  if (exclude.includes('src/testing')) rmSync(join(dist, 'testing'), { recursive: true, force: true });
  for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    const [, stem] = /^(.+?)\.(?:d\.ts|js)(?:\.map)?$/.exec(file) ?? [];
    if (stem !== undefined && !existsSync(join(packages, name, 'src', `${stem}.ts`)))
      rmSync(join(dist, file));
  }
}

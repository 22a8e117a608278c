// Removes what earlier builds left in dist/ of sources that are gone, or are no longer built: what is built must be a function of the
// sources alone, for it is measured (docs/architecture.md).
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folders that tsconfig.json excludes, but for those that another project of the package builds. */
function leftOut(folder) {
  const { exclude = [] } = JSON.parse(readFileSync(join(folder, 'tsconfig.json'), 'utf8'));
  const others = readdirSync(folder)
    .filter((name) => /^tsconfig\..+\.json$/.test(name))
    .map((name) => readFileSync(join(folder, name), 'utf8'));
  return exclude.filter((path) => !others.some((text) => text.includes(`"${path}"`)));
}

const packages = fileURLToPath(new URL('../packages', import.meta.url));
for (const name of readdirSync(packages)) {
  const folder = join(packages, name);
  const dist = join(folder, 'dist');
  if (!existsSync(dist)) continue;
  // Made anew by scripts/bundle-runners.mjs, in the package whose sources it bundles.
  rmSync(join(dist, 'bundles'), { recursive: true, force: true });
  const excluded = leftOut(folder);
  const isBuilt = (source) =>
    existsSync(join(folder, source)) && !excluded.some((path) => source.startsWith(`${path}/`));
  for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    const [, stem] = /^(.+?)\.(?:d\.ts|js)(?:\.map)?$/.exec(file) ?? [];
    if (stem !== undefined && !isBuilt(`src/${stem}.ts`)) rmSync(join(dist, file));
  }
}

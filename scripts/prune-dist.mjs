// Removes what earlier builds left in dist/ of sources that are gone, or are no longer built: what is built must be a function of the
// sources alone, for it is measured (docs/architecture.md).
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packages = fileURLToPath(new URL('../packages', import.meta.url));
for (const name of readdirSync(packages)) {
  const folder = join(packages, name);
  const dist = join(folder, 'dist');
  if (!existsSync(dist)) continue;
  // Made anew by scripts/bundle-runners.mjs, in the package whose sources it bundles.
  rmSync(join(dist, 'bundles'), { recursive: true, force: true });
  const projects = readdirSync(folder)
    .filter((file) => /^tsconfig.*\.json$/.test(file))
    .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8').replaceAll(/^\s*\/\/.*$/gm, '')));
  const isBuilt = (source) => {
    const isIn = (path) => source === path || source.startsWith(`${path}/`);
    const builds = ({ include = ['src'], exclude = [] }) => include.some(isIn) && !exclude.some(isIn);
    return existsSync(join(folder, source)) && projects.some(builds);
  };
  for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    const [, stem] = /^(.+?)\.(?:d\.ts|js)(?:\.map)?$/.exec(file) ?? [];
    if (stem !== undefined && !isBuilt(`src/${stem}.ts`)) rmSync(join(dist, file));
  }
}

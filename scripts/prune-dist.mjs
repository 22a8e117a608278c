// Removes what earlier builds left in dist/ of sources that are gone: what is built must be a function of the sources alone,
// for it is measured (docs/architecture.md).
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packages = fileURLToPath(new URL('../packages', import.meta.url));
for (const name of readdirSync(packages)) {
  const dist = join(packages, name, 'dist');
  if (!existsSync(dist)) continue;
  for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    const [, stem] = /^(.+?)\.(?:d\.ts|js)(?:\.map)?$/.exec(file) ?? [];
    if (stem !== undefined && !existsSync(join(packages, name, 'src', `${stem}.ts`)))
      rmSync(join(dist, file));
  }
}

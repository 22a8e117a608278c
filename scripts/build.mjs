// `npm run build`: what does not wait for each other runs side by side. What comes out is a function of the sources and of the lock file alone.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Resolves with whether it went well. */
function run(...args) {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code === 0));
  });
}
const script = (name) => run(join(root, 'scripts', name));

const steps = [
  () => [script('prune-dist.mjs')],
  () => [
    run(join(root, 'node_modules/typescript/bin/tsc'), '-b'),
    script('copy-assets.mjs'),
    script('compile-stdlib.mjs'),
  ],
  () => [script('bundle-runners.mjs'), script('bundle-program.mjs')],
];
for (const step of steps) {
  const went = await Promise.all(step());
  if (went.includes(false)) process.exit(1);
}

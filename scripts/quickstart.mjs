// `npm run quickstart`: installs and builds what is missing, then plays three banks. Plain JavaScript that any
// Node >= 20 runs, because the pinned Node is one of the things that the installation brings.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stamp = join(root, 'node_modules', '.gaiwan-install');
const bin = join(root, 'node_modules', '.bin');
const started = Date.now();

function run(command, args) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` },
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

// The installation is good for exactly one lock file.
const wanted = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex');
const installed = existsSync(stamp) ? readFileSync(stamp, 'utf8') : '';
if (installed !== wanted) {
  console.log('Installing (Node 24 and the libraries; only the first time) ...');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(stamp, wanted);
  console.log(`Installed and built in ${seconds(started)}.\n`);
} else {
  run('npm', ['run', '--silent', 'build']);
}
run(process.execPath, [join(root, 'packages/cli/bin/gaiwan.js'), 'demo', 'three-banks']);
console.log(`\nThe whole command took ${seconds(started)}.`);

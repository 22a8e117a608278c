// `npm run quickstart`: installs and builds what is missing, then plays three banks. Plain JavaScript that any
// Node >= 20 runs, because the pinned Node is one of the things that the installation brings.
import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isInstalled } from './install.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
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

if (isInstalled('.')) run('npm', ['run', '--silent', 'build']);
else {
  console.log('Installing (Node 24 and the libraries; only the first time) ...');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  console.log(`Installed and built in ${seconds(started)}.\n`);
}
run(process.execPath, [join(root, 'packages/cli/bin/gaiwan.js'), 'demo', 'three-banks']);
console.log(`\nThe whole command took ${seconds(started)}.`);

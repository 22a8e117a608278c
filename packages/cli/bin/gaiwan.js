#!/usr/bin/env node
// Starts the command line on the pinned Node. Plain JavaScript that any Node >= 20.19 runs, because the Node on a
// stranger's machine may be older than the one that the installation brought along.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const self = fileURLToPath(import.meta.url);
/** What opens the machine, or stays up and holds secrets, and so must not open a debugger when it gets a signal. */
const services = ['serve', 'service', 'attestation-service', 'reseal', 'restore', 'recover', 'doctor'];
const quiet = '--disable-sigusr1';
/**
 * Under a flood of calls garbage is most of what they take: by default V8 lets it grow to some 100 MB before it looks among what is young,
 * and to several times what is in use among the rest.
 */
const memory = ['--max-semi-space-size=8', '--heap-growing-percent=40'];
/** V8 has four threads for its collections by default; on two processors they take them from the thread that waits for them. */
const threads = availableParallelism() > 2 ? [] : ['--v8-pool-size=1'];
/** V8 takes underscores for hyphens. */
const given = [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(/\s+/)].map((option) =>
  option.split('=', 1)[0].replaceAll('_', '-'),
);
/** By default the C library keeps a heap for each thread, and what one of them has freed is lost to the others. */
const heaps = { MALLOC_ARENA_MAX: '1' };
const stays = services.includes(process.argv[2] ?? '');
/** Who measures the process looks for `quiet` among what Node was started with, and does not read the environment for it. */
const isQuiet = process.execArgv.includes(quiet);
const tuned = [...memory, ...threads].filter((option) => !given.includes(option.split('=', 1)[0]));
const wanting = stays ? [...(isQuiet ? [] : [quiet]), ...tuned] : [];
const nodeOptions = wanting.length > 0 ? [...process.execArgv, ...wanting] : process.execArgv;
const environment = stays ? { ...heaps, ...process.env } : process.env;
const fail = (message) => {
  process.stderr.write(`gaiwan: ${message}\n`);
  process.exit(70);
};

/** What is published has none. */
const inRepository = existsSync(join(dirname(self), '../tsconfig.json'));

/** A Node that is installed beside us is found by `pinnedNode`. */
function howToGetNode() {
  if (inRepository) return 'In the repository, run: npm ci';
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch))
    return 'Install it: https://nodejs.org';
  const node = `node-linux-${process.arch}@24`;
  const [folder, inner] = self.split(/[/\\]node_modules[/\\]/, 2);
  if (inner === undefined) return 'Install it: https://nodejs.org';
  if (/[/\\]_npx[/\\]/.test(folder)) return `Run: npx -p ${node} -p @gaiwan/cli gaiwan ...`;
  if (!existsSync(join(folder, 'package.json'))) return `Run: npm install --global ${node}`;
  return `In ${folder}, run: npm install ${node}`;
}

function pinnedNode() {
  try {
    const manifest = createRequire(import.meta.url).resolve(`node-linux-${process.arch}/package.json`);
    const binary = join(dirname(manifest), 'bin', 'node');
    if (existsSync(binary)) return binary;
  } catch {
    // Not installed beside us; perhaps further up.
  }
  for (let folder = dirname(self), up = ''; folder !== up; folder = dirname(folder)) {
    const binary = join(folder, 'node_modules', '.bin', 'node');
    if (existsSync(binary)) return binary;
    up = folder;
  }
  return undefined;
}

/**
 * By Node 22.15 and later the process itself becomes it. Before that it is a child, which ends when this process does, however that is:
 * this end of the pipe on its descriptor 3 closes then (src/terminal/launcher.ts).
 */
function launch(node, args) {
  if (process.execve) process.execve(node, [node, ...args], { ...environment, GAIWAN_LAUNCHER: 'replaced' });
  const child = spawn(node, args, {
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
    env: { ...environment, GAIWAN_LAUNCHER: 'pipe' },
  });
  // A terminal sends its signals to the child too; these are for signals sent to this process alone.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'])
    process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(`cannot start ${node}: ${error.message}`));
  child.on('exit', (code, signal) => {
    if (signal) process.removeAllListeners(signal);
    if (signal) process.kill(process.pid, signal);
    else process.exit(code ?? 70);
  });
}

const [major, minor] = process.versions.node.split('.').map(Number);
// The first with crypto.argon2.
if (major < 24 || (major === 24 && minor < 7)) {
  const node = process.env.GAIWAN_LAUNCHER ? undefined : pinnedNode();
  if (!node) fail(`needs Node 24.7 or newer, this is ${process.versions.node}. ${howToGetNode()}`);
  launch(node, [...nodeOptions, self, ...process.argv.slice(2)]);
} else if (nodeOptions !== process.execArgv) {
  // In place: the process keeps its number, and whoever watches it notices nothing.
  const args = [process.execPath, ...nodeOptions, self, ...process.argv.slice(2)];
  process.execve(process.execPath, args, environment);
} else {
  const main = new URL('../bundle/main.js', import.meta.url);
  if (!existsSync(main))
    fail(
      inRepository
        ? 'is not built yet. In the repository, run: npm run build'
        : `is not whole: ${fileURLToPath(main)} is missing. Install it again.`,
    );
  const { main: start } = await import(main.href);
  await start(process.argv.slice(2));
}

/** Puts a mistake into a copy of the built packages, and runs histories in it until one fails. */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mutation } from './mutations.ts';

const root = join(import.meta.dirname, '../..');
/** Those that are copied; all others are as they are. */
const COPIED = ['enclave', 'platform', 'sim', 'store'];

export interface Found {
  /** Histories that were run: the last one failed. */
  readonly histories: number;
  /** The first line of what was found; nothing where no history failed. */
  readonly why: string | undefined;
}

const RUNNER = `
import { runHistory, Vfs } from '@gaiwan/sim';
const [most, kind] = [Number(process.argv[2]), process.argv[3]];
const vfs = await Vfs.load();
let found = { histories: most };
for (let seed = 1; seed <= most; seed++) {
  const { end, why } = await runHistory(vfs, seed, undefined, kind);
  if (end !== 'failed') continue;
  found = { histories: seed, why: why.split('\\n')[0] };
  break;
}
console.log(JSON.stringify(found));
process.exit(0);
`;

/** At most so many histories of the mistake's kind, from seed 1 on. @throws Error where the product does not say any more what is to be changed */
export function search({ name, edits, kind = 'store' }: Mutation, most: number): Found {
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-mutation-'));
  try {
    copyPackages(folder);
    for (const { file, from, to } of edits) {
      const path = join(folder, 'packages', file);
      const text = readFileSync(path, 'utf8');
      if (text.split(from).length !== 2) throw new Error(`${name}: ${file} does not say "${from}" once`);
      writeFileSync(
        path,
        text.replace(from, () => to),
      );
    }
    const runner = join(folder, 'packages/sim/run.mjs');
    writeFileSync(runner, RUNNER);
    const { stdout, stderr, status } = spawnSync(process.execPath, [runner, `${most}`, kind], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${name}: the histories could not be run: ${stderr}`);
    // Any: what the runner prints.
    return JSON.parse(stdout) as Found;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function copyPackages(folder: string): void {
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, '@gaiwan'), { recursive: true });
  for (const name of readdirSync(join(root, 'node_modules')))
    if (name !== '@gaiwan' && !name.startsWith('.'))
      symlinkSync(join(root, 'node_modules', name), join(modules, name));
  for (const name of readdirSync(join(root, 'packages'))) {
    const [from, to] = [join(root, 'packages', name), join(folder, 'packages', name)];
    if (COPIED.includes(name)) {
      mkdirSync(to, { recursive: true });
      for (const part of ['package.json', 'dist'])
        cpSync(join(from, part), join(to, part), { recursive: true });
    }
    symlinkSync(COPIED.includes(name) ? to : from, join(modules, '@gaiwan', name));
  }
}

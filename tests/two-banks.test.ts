/** docs/start/two-banks.md, typed as it stands, from an empty folder, in a terminal for each person. */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, describe, expect, it } from 'vitest';
import { gaiwanBin, temporaryFolder } from './support/platform.ts';
import { type } from './support/terminal.ts';

const page = readFileSync(new URL('../docs/start/two-banks.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/^```(\w+) (\S+)\n([\s\S]*?)^```$/gm)].map(([, kind, of, text]) => ({
  kind: kind as string,
  of: of as string,
  text: text as string,
}));
const folder = temporaryFolder();
let platform: ChildProcess | undefined;
/** The page has the usual ports; here others are free. */
let addresses = '';
const passwords = new Map<string, string>();

afterAll(async () => {
  if (platform && platform.exitCode === null) {
    const gone = new Promise((resolve) => platform?.once('exit', resolve));
    platform.kill('SIGTERM');
    await gone;
  }
  rmSync(folder, { recursive: true, force: true });
});

/** `gaiwan` is the first of that name in the path. */
function makeGaiwan(): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'gaiwan'), `#!/bin/sh\nexec '${process.execPath}' '${gaiwanBin}' "$@"\n`);
  chmodSync(join(bin, 'gaiwan'), 0o755);
  return bin;
}
const path = [makeGaiwan(), process.env.PATH].join(delimiter);
const environment = (person: string) => ({
  PATH: path,
  HOME: folder,
  TERM: 'dumb',
  GAIWAN_HOME: join(folder, person),
});

async function serve(line: string): Promise<void> {
  platform = spawn('sh', ['-c', `exec ${line} --auth-port 0 --frontend-port 0 --json`], {
    cwd: folder,
    env: { ...environment('operator'), GAIWAN_ADMIN_PASSWORD: 'the first password' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  passwords.set('admin', 'the first password');
  for await (const ready of createInterface({ input: platform.stdout as NodeJS.ReadableStream })) {
    const { authentication, frontend } = JSON.parse(ready) as Record<string, string>;
    addresses = `--authentication ${authentication} --frontend ${frontend}`;
    return;
  }
  throw new Error('serve ended');
}

/** What the person sees. */
async function typed(person: string, line: string): Promise<string> {
  const user = /--user (\S+)/.exec(line)?.[1];
  const answers: readonly (readonly [RegExp, string])[] = [
    [/Password of \w+: /, passwords.get(user ?? '') ?? ''],
    [/(New p|P)assphrase of your key ring: |Once more: /, `${person} keeps this`],
    [/Type yes: /, 'yes'],
  ];
  const whole = line.startsWith('gaiwan login') ? `${line} ${addresses}` : line;
  const { code, screen } = await type(whole, { cwd: folder, env: environment(person), answers });
  expect(code, `${person}: ${line}\n${screen}`).toBe(0);
  const [, added, password] = /Made (\w+)\. First password \(shown once\): (\S+)/.exec(screen) ?? [];
  if (added && password) passwords.set(added, password);
  return screen;
}

/** All partial files and private folders. */
const halfDone = () =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /partial|\.gaiwan-fetch/.test(name),
  );

describe('docs/start/two-banks.md', () => {
  it('is typed as it stands, in 12 commands for three people', async () => {
    const counts = new Map<string, number>();
    const screens = new Map<string, string>();
    for (const { kind, of, text } of blocks) {
      if (kind !== 'sh') {
        const file = join(folder, of);
        if (of.includes('results')) expect(readFileSync(file, 'utf8')).toBe(text);
        else writeFileSync(file, text);
        continue;
      }
      for (const line of text.trimEnd().split('\n')) {
        counts.set(of, (counts.get(of) ?? 0) + 1);
        if (line.startsWith('gaiwan serve')) await serve(line);
        else screens.set(`${of} ${line}`, await typed(of, line));
      }
    }
    counts.delete('operator');
    expect(Object.fromEntries(counts)).toEqual({ analyst: 4, alder: 4, birch: 4 });

    const review = screens.get('alder gaiwan tasks approve two-banks') ?? '';
    for (const part of [
      'builtin-join-aggregate',
      /version +[0-9a-f]{64}/,
      '"aggregates":["sum(debt)","rows"]',
      /input_data1: of birch, with the columns "customer", "debt"/,
      /output_data0: output-\S+ to alder/,
      /analyst#\S+ \(key:[0-9a-f]{64}\)/,
      /limits +120 s/,
      /yours +input_data0: .*alder\.csv, 48 bytes/,
      /digest +[0-9a-f]{64}/,
    ])
      expect(review).toMatch(part);
    expect(screens.get('analyst gaiwan tasks run two-banks')).toContain('2 rows');
    for (const bank of ['alder', 'birch']) {
      const results = join(folder, `${bank}-results`);
      expect(readdirSync(results).sort()).toEqual(['common.csv', 'result.txt']);
      expect(statSync(join(results, 'common.csv')).mode & 0o777).toBe(0o600);
    }
    expect(readFileSync(join(folder, 'birch-results/common.csv'), 'utf8')).toBe(
      readFileSync(join(folder, 'alder-results/common.csv'), 'utf8'),
    );
    expect(halfDone()).toEqual([]);
    expect(existsSync(join(folder, 'analyst/ring'))).toBe(true);
  });
});

/** `npm test` ends a run that stalls, and says where: with planted ones, by a clock of the test. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { LogBook } from '../scripts/test/log-book.ts';
import { treeOf } from '../scripts/test/processes.ts';
import { STALLED, supervise } from '../scripts/test/supervise.ts';
import { temporaryFolder } from './support/platform.ts';

const root = join(import.meta.dirname, '..');
const config = join(import.meta.dirname, 'fixtures/stall/vitest.config.ts');
const HOUR = 3_600_000;

let now: number;
let book: LogBook;
beforeEach(() => {
  now = 0;
  book = new LogBook(() => now);
});

/** Of one of the planted files. */
function run(file: string) {
  const said: string[] = [];
  const code = supervise({
    command: [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--config', config, file],
    cwd: root,
    limit: HOUR,
    notice: HOUR / 2,
    say: (text) => said.push(text),
    book,
    stdio: 'ignore',
  });
  return { code, said };
}
const underWay = (text: string) => expect.poll(() => book.describe().join('\n')).toContain(text);
const processes = () =>
  treeOf(process.pid)
    .slice(1)
    .filter(({ command }) => command.includes(config) || command.includes('gaiwan-stalled-'));
const isThere = ({ pid }: { readonly pid: number }) => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

it('a result that comes after the end of its file brings the file to life no more', () => {
  let time = 0;
  const book = new LogBook(() => time);
  book.add({ type: 'run', files: 2 });
  book.add({ type: 'begins', file: 'a.test.ts' });
  book.add({ type: 'ended', file: 'a.test.ts' });
  book.add({ type: 'ended', file: 'a.test.ts', test: 'late', state: 'passed', timedOut: false });
  time = 1_000;
  book.add({ type: 'begins', file: 'b.test.ts' });
  expect(book.silence()).toBe(0);
  expect(book.describe().join()).not.toContain('a.test.ts, since');
});

describe('a run', () => {
  it('that comes to its end is let alone', async () => {
    const { code, said } = run('passes');
    expect(await code).toBe(0);
    expect(said).toEqual([]);
    expect(book.describe()).toEqual(['no file', expect.stringMatching(/^1 of 1 files .*passes\.stall\.ts$/)]);
  });

  it('whose process waits for what never comes is ended, with all its processes', async () => {
    const { code, said } = run('loads');
    await underWay('loads.stall.ts, since 0 s, silent for 0 s: loading');
    const all = processes();
    // Vitest and the file's own.
    expect(all.length).toBeGreaterThanOrEqual(2);
    now += HOUR / 2;
    await expect.poll(() => said).toHaveLength(1);
    expect(said[0]).toMatch(/^Nothing was heard for 1800 s\. Under way: .*loads\.stall\.ts.*\n$/);
    now += HOUR / 2;
    expect(await code).toBe(STALLED);
    expect(said[1]).toContain('has stalled');
    expect(said[1]).toMatch(
      /^ {2}tests\/fixtures\/stall\/loads\.stall\.ts, since 3600 s, silent for 3600 s: loading$/m,
    );
    // What it waits for.
    expect(said[1]).toMatch(/^ {2}.*"type":"timer"/m);
    expect(said.at(-1)).toBe('\n0 passed, 1 failed, 0 skipped\n');
    await expect.poll(() => all.filter(isThere)).toEqual([]);
  });

  it('that goes round and round is ended, and says where', async () => {
    const marker = join(temporaryFolder(), 'marker');
    process.env['GAIWAN_TEST_STALLS'] = marker;
    const { code, said } = run('loops');
    await expect.poll(() => existsSync(marker)).toBe(true);
    await underWay('goes round');
    rmSync(join(marker, '..'), { recursive: true });
    now += HOUR;
    expect(await code).toBe(STALLED);
    expect(said.join('')).toMatch(
      /loops\.stall\.ts, since 3600 s, silent for 3600 s: "goes round"; "is over" had ended before$/m,
    );
    expect(said.join('')).toMatch(/^\d+ does not answer: it is busy in its own code\.$/m);
    expect(said.at(-1)).toBe('\n1 passed, 1 failed, 0 skipped\n');
  });

  it('is ended where vitest itself stands still', async () => {
    const { code, said } = run('loads');
    await underWay('loading');
    const all = processes();
    const vitest = all.find(({ parent }) => parent === process.pid);
    process.kill(vitest?.pid ?? 0, 'SIGSTOP');
    now += HOUR;
    expect(await code).toBe(STALLED);
    expect(said.join('')).toContain('loads.stall.ts');
    await expect.poll(() => all.filter(isThere)).toEqual([]);
  });
});

describe('the log of a run', () => {
  const ended = (file: string, state: 'passed' | 'failed' | 'skipped', timedOut = false) =>
    book.add({ type: 'ended', file, test: '"one"', state, timedOut });

  it('has what is under way, and counts what ended', () => {
    book.add({ type: 'run', files: 3 });
    book.add({ type: 'begins', file: 'a', test: 'loading' });
    now += 1000;
    book.add({ type: 'begins', file: 'b', test: 'loading' });
    now += 4000;
    for (const state of ['passed', 'failed', 'skipped'] as const) ended('b', state);
    expect(book.silence()).toBe(5000);
    expect(book.describe()).toEqual([
      'a, since 5 s, silent for 5 s: loading',
      'b, since 4 s, silent for 0 s: between its tests; "one" had ended before',
      '0 of 3 files had ended',
    ]);
    book.add({ type: 'ended', file: 'b' });
    expect(book.describe().slice(1)).toEqual(['1 of 3 files had ended, the last was b']);
    expect(book.summary()).toBe('1 passed, 2 failed, 1 skipped');
    book.add({ type: 'ended', file: 'a' });
    expect(book.silence()).toBe(0);
  });

  it('hears nothing of a file whose tests time out one after another, until one passes', () => {
    book.add({ type: 'begins', file: 'a' });
    for (let count = 0; count < 3; count++) {
      now += 1000;
      ended('a', 'failed', true);
      book.add({ type: 'begins', file: 'a', test: 'afterEach' });
    }
    ended('a', 'failed');
    expect(book.silence()).toBe(3000);
    ended('a', 'passed');
    expect(book.silence()).toBe(0);
  });
});

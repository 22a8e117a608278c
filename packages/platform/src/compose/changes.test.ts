import { describe, expect, it } from 'vitest';
import { configurationChanges, fileChanges } from './changes.ts';
import { platformSettings } from './measured.ts';

const digest = (digit: string) => digit.repeat(64);

describe('two configurations', () => {
  const before = { node: 'v24.20.0', anchor: 'none', ...platformSettings({ allowUrls: ['https://a'] }) };

  it('that say the same have no changes, in whatever order they say it', () => {
    expect(configurationChanges(before, Object.fromEntries(Object.entries(before).reverse()))).toEqual([]);
    expect(configurationChanges({ a: 1, b: undefined }, { a: 1 })).toEqual([]);
  });

  it.each([
    [{ allowUrls: ['https://a', 'https://b'] }, '--allow-url: adds https://b'],
    [{ allowUrls: [] }, '--allow-url: no longer https://a'],
    [{ taskLimits: { timeMs: 5000 } }, /^--limit time: \d+ s before, 5 s now$/],
    [{ taskMaxima: { memoryMiB: 4096 } }, /^--max-limit memory: \d+ MiB before, 4096 MiB now$/],
    [{ executors: ['wasm'] }, '--executors: no longer python, javascript'],
    [{ freshSandboxes: true }, '--fresh-sandboxes: false before, true now'],
    [{ sandbox: ['process'] }, /^--sandbox: no longer/],
    [{ cgroup: '/sys/fs/cgroup/g' }, '--cgroup: not given before, /sys/fs/cgroup/g now'],
    [{ workerPolicies: [{ measurements: [] }] }, '--worker-policy: adds {"measurements":[]}'],
  ])('are told apart by the option: %j', (more, words) => {
    const after = {
      node: 'v24.20.0',
      anchor: 'none',
      ...platformSettings({ allowUrls: ['https://a'], ...more }),
    };
    const changes = configurationChanges(before, after).filter((line) => !line.startsWith('executors.ahead'));
    if (typeof words === 'string') expect(changes).toEqual([words]);
    else expect(changes).toEqual([expect.stringMatching(words)]);
  });

  it('say what keeps the keys and what Node runs them', () => {
    const after = { ...before, node: 'v24.21.0', anchor: { kind: 'file', interval: 2000 } };
    expect(configurationChanges(before, after)).toEqual([
      '--anchor: none before, file now',
      'the version of Node: v24.20.0 before, v24.21.0 now',
    ]);
    const slower = { ...after, anchor: { kind: 'file', interval: 4000 } };
    expect(configurationChanges(after, slower)).toEqual(['--anchor-interval: 2 s before, 4 s now']);
  });

  it('of another shape are still told apart', () => {
    expect(configurationChanges(undefined, { a: 1 })).toEqual([
      'the configuration: not given before, {"a":1} now',
    ]);
    expect(configurationChanges({ later: 1 }, { later: 2 })).toEqual(['later: 1 before, 2 now']);
    expect(configurationChanges({ allowUrls: ['a', 'a'] }, { allowUrls: ['a'] })).toEqual([
      '--allow-url: the same in another order or number',
    ]);
  });
});

describe('two lists of files', () => {
  const line = (digit: string, path: string) => `${digest(digit)}  ${path}\n`;

  it('differ by package: what changed, came and went, and versions', () => {
    const before = [
      line('1', '@gaiwan/cli@0.1.0/bin/gaiwan.js'),
      line('2', '@gaiwan/cli@0.1.0/bundle/old.js'),
      line('3', 'ws@8.0.0/index.js'),
      line('4', 'gone@1.0.0/index.js'),
      line('5', 'same@1.0.0/index.js'),
    ].join('');
    const after = [
      line('a', '@gaiwan/cli@0.1.0/bin/gaiwan.js'),
      line('2', '@gaiwan/cli@0.1.0/bundle/new.js'),
      line('b', 'ws@8.1.0/index.js'),
      line('5', 'same@1.0.0/index.js'),
      line('6', 'new@2.0.0/index.js'),
    ].join('');
    expect(fileChanges(before, after)).toEqual([
      '@gaiwan/cli 0.1.0: changed bin/gaiwan.js; added bundle/new.js; removed bundle/old.js',
      'gone 1.0.0: is no longer there',
      'new 2.0.0: a new package',
      'ws: 8.0.0 before, 8.1.0 now (changed index.js)',
    ]);
    expect(fileChanges(before, before)).toEqual([]);
    expect(fileChanges(before, `${before}x\n`)).toEqual(['the list of files has another form']);
  });

  it('are told in a few lines, however many there are', () => {
    const many = (digit: string) =>
      Array.from({ length: 50 }, (_, index) => line(digit, `p${index}@1.0.0/index.js`)).join('');
    const changes = fileChanges(many('1'), many('2'));
    expect(changes).toHaveLength(31);
    expect(changes.at(-1)).toBe('and 20 more packages');
    const files = (digit: string) =>
      Array.from({ length: 9 }, (_, index) => line(digit, `p@1.0.0/${index}.js`)).join('');
    expect(fileChanges(files('1'), files('2'))).toEqual([
      'p 1.0.0: changed 0.js, 1.js, 2.js, 3.js, 4.js and 4 more',
    ]);
  });
});

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { requireNode } from './node-version.ts';

it('refuses a Node before the one that package.json names, and says how to get another', () => {
  const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    readonly engines: { readonly node: string };
  };
  const [, oldest, minor] = (/^>=(\d+)\.(\d+)$/.exec(engines.node) ?? []).map(Number) as [
    number,
    number,
    number,
  ]; // three groups, or the test fails
  for (const version of [`${oldest}.${minor}.0`, `${oldest + 2}.1.0`, '100.0.0'])
    expect(() => requireNode(version)).not.toThrow();
  for (const version of [`${oldest}.${minor - 1}.0`, `${oldest - 1}.11.0`, '20.19.0', '9.0.0', ''])
    expect(() => requireNode(version)).toThrow(
      expect.objectContaining({
        code: 'unsupported-node',
        message: expect.stringContaining('https://nodejs.org'),
      }),
    );
});

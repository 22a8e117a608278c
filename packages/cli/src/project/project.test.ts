import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readProject } from './project.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gaiwan-project-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const head = '"name": "f", "executorType": "javascript", "executor": "javascript", "code": "f.js"';
const projectOf = (tests: string) => {
  writeFileSync(join(folder, 'gaiwan-function.json'), `{ ${head}, "tests": ${tests} }`);
  return readProject(folder);
};

it('A13: arguments of tests are what is written in the project', () => {
  const tests = '[{"name": "a", "arguments": {"n": 1764441457123456789, "f": 2.0}}, {"name": "b"}]';
  expect(projectOf(tests).tests.map((test) => test.arguments)).toEqual([
    '{"f":2.0,"n":1764441457123456789}',
    '{}',
  ]);
});

it.each(['[{"name": "a", "arguments": {"n": 1e400}}]', '[{"name": "a", "arguments": {"n": 1, "n": 2}}]'])(
  'A13: %s is refused',
  (tests) => {
    expect(() => projectOf(tests)).toThrow(expect.objectContaining({ code: 'usage' }));
  },
);

/** Whether the tests that are said to show something are there. */
import { existsSync, readFileSync } from 'node:fs';
import { titlesIn } from '../support/titles.ts';
import type { Evidence } from './evidence.ts';

export const root: URL = new URL('../../', import.meta.url);

/** Of each file once: parsing them is what takes long. */
const titles = new Map<string, ReadonlySet<string>>();
function knownIn(file: string): ReadonlySet<string> {
  const known = titles.get(file) ?? new Set(titlesIn(file, readFileSync(new URL(file, root), 'utf8')));
  titles.set(file, known);
  return known;
}

/** What is wrong with what is said to show a claim. */
export function faultsOf({ tests = {}, why }: Evidence): string[] {
  const files = Object.entries(tests);
  if (files.length === 0 && why === undefined) return ['is shown by nothing'];
  return files.flatMap(([file, named]) => {
    if (!file.endsWith('.test.ts') || !existsSync(new URL(file, root)))
      return [`${file} is no file of tests`];
    if (named.length === 0) return [`${file} is named without a test`];
    return named
      .filter((title) => !knownIn(file).has(title))
      .map((title) => `${file} has no test "${title}"`);
  });
}

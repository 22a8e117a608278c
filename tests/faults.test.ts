/** What docs/operations/faults.md says that holds under faults is shown by tests. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { clocks, outputs, processes, store } from './faults/shown.ts';
import { claimsIn } from './threat-model/claims.ts';
import { faultsOf, root } from './threat-model/shown.ts';

const claims = claimsIn(readFileSync(new URL('docs/operations/faults.md', root), 'utf8'));

describe.each([
  ['Clocks and pauses', clocks],
  ['Outputs', outputs],
  ['The store and its disk', store],
  ['Processes', processes],
])('docs/operations/faults.md: %s', (section, evidence) => {
  it('each line has what shows it, and what shows something has its line', () => {
    expect(Object.keys(evidence)).toEqual(claims[section]);
  });

  it('each test that is named is there', () => {
    const faults = Object.entries(evidence).map(([line, shown]) => [line, faultsOf(shown)]);
    expect(faults.filter(([, found]) => found?.length !== 0)).toEqual([]);
  });
});

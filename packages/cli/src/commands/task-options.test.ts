/** Whatever a task may be limited in can be said on the command line, of one task and of all. */
import { taskCeilings } from '@gaiwan/protocol';
import { expect, it } from 'vitest';
import { configurationOf, measuredFlags } from '../measured-flags.ts';
import { optionFlags, optionsOf } from './task-options.ts';

const limits = Object.keys(taskCeilings).sort();

it('each limit of a task has a flag, in the unit that its help says', () => {
  const flags = Object.keys(optionFlags).filter((name) => name.endsWith('Limit'));
  const given = optionsOf(Object.fromEntries(flags.map((name) => [name, 7])));
  expect(Object.keys(given.limits ?? {}).sort()).toEqual(limits);
  expect(given.limits).toMatchObject({ timeMs: 7000, transferMs: 7000, stagedBytes: 7, outputBytes: 7 });
});

it('and a name for --limit and --max-limit, which their help lists', () => {
  const { brief } = measuredFlags.limit;
  const names = ['time', 'cpu', 'transfer', 'memory', 'input', 'output', 'log', 'files'];
  for (const name of names) expect(brief).toMatch(new RegExp(`\\b${name}\\b`));
  const all = names.map((name) => `${name}=3`);
  const { taskLimits, taskMaxima } = configurationOf({ limit: all, maxLimit: all });
  expect(Object.keys(taskLimits ?? {}).sort()).toEqual(limits);
  expect(taskMaxima).toEqual(taskLimits);
  expect(taskLimits).toMatchObject({ transferMs: 3000, stagedBytes: 3 });
});

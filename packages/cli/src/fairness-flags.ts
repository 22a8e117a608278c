/** Options that say how users and groups share the workers. */
import { dictionary } from '@gaiwan/errors';
import type { FairnessOptions } from '@gaiwan/platform';
import { listFlag, pairs } from './flags.ts';

type List = readonly string[] | undefined;

export const fairnessFlags = {
  weight: listFlag(
    'How much of the workers one gets while others want them too (default: 1): user:NAME or group:NAME (repeatable)',
    'NAME=N',
  ),
  atOnce: listFlag(
    'Tasks of one that run at once: user:NAME, group:NAME; user or group: of each other one (repeatable; default: as many as there is room for)',
    'NAME=N',
  ),
} as const;

/** Numbers that are none are refused by the platform (bad-fairness). */
export const fairnessOf = ({ weight, atOnce }: { weight?: List; atOnce?: List }): FairnessOptions => ({
  weights: numbers(weight),
  atOnce: numbers(atOnce),
});

const numbers = (given: List) =>
  dictionary(Object.entries(pairs(given, 'NAME=N')).map(([name, text]) => [name, Number(text)] as const));

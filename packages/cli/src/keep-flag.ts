/** `--keep NAME=TIME`: how long a platform keeps things. */
import { dictionary } from '@gaiwan/errors';
import type { RetentionPeriods } from '@gaiwan/platform';
import { usage } from './errors.ts';
import { listFlag, pairs } from './flags.ts';

const names: readonly (keyof RetentionPeriods)[] = ['tasks', 'results', 'files', 'audit', 'usage'];
const SECOND = 1000;
const DAY = 86_400 * SECOND;
const units: Readonly<Record<string, number>> = { s: SECOND, m: 60 * SECOND, h: 3600 * SECOND, d: DAY };

export const keepFlag = listFlag(
  `How long it keeps ${names.join(', ')}: 400d, 12h, 30m or 10s (repeatable; default: until their owners delete them)`,
  'NAME=TIME',
);

/** In ms. Throws `CliError` (usage). */
export function keepOf(given: readonly string[] | undefined): RetentionPeriods {
  return dictionary(
    Object.entries(pairs(given, 'NAME=TIME')).map(([name, text]) => {
      const known = names.find((one) => one === name);
      const [, count = '0', unit = ''] = /^(\d{1,5})([smhd])$/.exec(text) ?? [];
      const period = Number(count) * (units[unit] ?? 0);
      if (known === undefined || period === 0)
        throw usage(
          `${name}=${text} is no time for which things are kept: give e.g. 90d to one of ${names.join(', ')}.`,
        );
      return [known, period] as const;
    }),
  );
}

/** As `--keep` takes it, e.g. `90d`. `period`: ms. */
export function periodText(period: number): string {
  const [unit, ms] = Object.entries(units).findLast(([, one]) => period % one === 0) ?? ['ms', 1];
  return `${period / ms}${unit}`;
}

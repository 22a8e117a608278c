/** docs/limits.md, from the tables of limits. */
import type { Limit, LimitUnit } from '@gaiwan/errors';
import { type TaskLimits, taskCeilings } from '@gaiwan/protocol';
import { taskLimits } from '../../packages/platform/src/limits.ts';
import { code, table } from './markdown.ts';
import { limitsOf, packageNames } from './tables.ts';

const INTRODUCTION = `# Limits

This page is generated from the tables in the source (\`npm run docs\`): \`packages/NAME/src/limits.ts\` of each package. Beyond a limit
there is a refusal (docs/errors.md), unless the table says something else.`;

const ADDRESSES = `## External addresses

A name that an operator allowed with \`--allow-url\` may lead to a private address only if it is plainly local: an address,
\`localhost\`, a name without a dot, or one that ends in \`.local\`, \`.internal\`, \`.lan\` or \`.home.arpa\`.`;

const grouped = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 1 });

type Unit = readonly [name: string, size: number, from?: number];

/** In the largest unit of which there is at least one, or that begins there. `units`: ascending. */
function scaled(value: number, units: readonly Unit[]): string {
  const [name, size] = units.findLast(([, one, from = one]) => value >= from) ?? ['', 1];
  return `${grouped(value / size)} ${name}`;
}

const bytes = (value: number): string =>
  scaled(
    value,
    ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'].map((name, index) => [name, 1024 ** index] as const),
  );
const duration = (ms: number): string =>
  scaled(ms, [
    ['ms', 1],
    ['s', 1000],
    ['min', 60_000],
    ['h', 3_600_000],
    ['days', 86_400_000, 2 * 86_400_000],
  ]);

const formats: Readonly<Record<LimitUnit, (value: number) => string>> = {
  bytes,
  MiB: (value) => bytes(value * 2 ** 20),
  ms: duration,
  s: (value) => duration(value * 1000),
  characters: (value) => `${grouped(value)} characters`,
  count: grouped,
  'per second': (value) => `${grouped(value)} a second`,
};

export const formatLimit = ({ value, unit }: Pick<Limit, 'value' | 'unit'>): string => formats[unit](value);

const sentenceCase = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;

const taskMatrix = (): string =>
  table(
    [
      'limit of a task',
      'by default (`--limit`)',
      'a task may ask for (`--max-limit`)',
      'an operator can allow',
    ],
    Object.entries(taskLimits).map(([name, { what, unit, byDefault, maximum }]) => {
      // Both tables have the members of `TaskLimits`; entries do not say so.
      const values = [byDefault, maximum, taskCeilings[name as keyof TaskLimits]];
      return [what, ...values.map((value) => formatLimit({ value, unit }))];
    }),
  );

export async function limitsPage(): Promise<string> {
  const chapters: string[] = [];
  for (const name of packageNames) {
    const limits = Object.entries(await limitsOf(name));
    if (limits.length === 0) continue;
    const rows = limits.map(([key, { what, note = '', ...limit }]) => [
      sentenceCase(what),
      formatLimit(limit),
      sentenceCase(note).replace(/(?<=[^.])$/, '.'),
      code(key),
    ]);
    chapters.push(`## @gaiwan/${name}\n\n${table(['what', 'limit', 'beyond it', 'name'], rows)}`);
  }
  const tasks = `## Tasks\n\nThey are part of the manifest that participants approve.\n\n${taskMatrix()}`;
  return `${[INTRODUCTION, tasks, ...chapters, ADDRESSES].join('\n\n')}\n`;
}

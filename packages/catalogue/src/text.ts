/** Catalogue entries as text, as a page and as plain values: what the CLI, the docs and other programs show. */
import type { ArgumentEntry } from './arguments.ts';
import type { CatalogueEntry, SlotEntry } from './entry.ts';
import { argumentNames, exampleOptions, registrationOf } from './registration.ts';

/** An entry without what only code needs. */
export function plainEntry(entry: CatalogueEntry): Readonly<Record<string, unknown>> {
  const required = argumentNames(entry, 'required');
  const args = Object.entries(entry.arguments).map(([key, argument]) => ({
    name: key,
    required: required.includes(key),
    ...argument,
  }));
  return { ...entry, arguments: args };
}

/** What values an argument takes, in words. */
function describeRange(argument: ArgumentEntry): string {
  const parts: string[] = [argument.type];
  const choices = argument.type === 'string' ? argument.choices : undefined;
  const isNumber = argument.type === 'unsigned' || argument.type === 'float';
  const { minimum, maximum }: { minimum?: number; maximum?: number } = isNumber ? argument : {};
  if (choices) parts.push(`one of ${choices.map((choice) => JSON.stringify(choice)).join(', ')}`);
  if (minimum !== undefined && maximum !== undefined) parts.push(`from ${minimum} to ${maximum}`);
  else if (minimum !== undefined) parts.push(`at least ${minimum}`);
  else if (maximum !== undefined) parts.push(`at most ${maximum}`);
  return parts.join(', ');
}

function describeDefault(argument: ArgumentEntry): string {
  if (!Object.hasOwn(argument, 'default')) return 'required';
  return argument.default === undefined ? 'optional' : `default ${JSON.stringify(argument.default)}`;
}

/** For a shell: nothing in it ends the quotes. */
const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** Command lines that register the function as its example wants it, and make a task. */
export function exampleCommands(entry: CatalogueEntry): readonly string[] {
  const options = exampleOptions(entry);
  const { inputs, outputs } = registrationOf(entry, options);
  const { example } = entry;
  const given = { ...example.inputs, ...example.outputs };
  const used = (slots: typeof inputs) => slots.filter(({ name, optional }) => !optional || name in given);
  const register = [
    `gaiwan functions register --name ${entry.name} --public`,
    ...(options.parties === undefined ? [] : [`--parties ${options.parties}`]),
    ...(options.optionalArguments ?? []).map((name) => `--optional-argument ${name}`),
  ];
  const task = [
    `gaiwan tasks create --function ${entry.name}`,
    `--arguments ${quote(JSON.stringify(example.arguments))}`,
    ...used(inputs).map(({ name }) => `--input ${name}=USER`),
    ...used(outputs).map(({ name }) => `--output ${name}=USER`),
  ];
  return [register.join(' '), task.join(' ')];
}

/** For a terminal. */
export function entryText(entry: CatalogueEntry): string {
  const { name } = entry;
  const slots = (title: string, list: readonly SlotEntry[]) => [
    title,
    ...list.map((slot) => `  ${slot.name}${slot.optional ? ' (optional)' : ''}: ${slot.text}`),
    ...(list.length === 0 ? ['  none'] : []),
  ];
  const args = Object.entries(entry.arguments);
  return [
    `${name}: ${entry.summary}`,
    ...(entry.details === undefined ? [] : [entry.details]),
    'Arguments:',
    ...args.map(([key, one]) => `  ${key} (${describeRange(one)}; ${describeDefault(one)}): ${one.text}`),
    ...(args.length === 0 ? ['  none'] : []),
    ...slots('Inputs:', entry.inputs),
    ...slots('Outputs:', entry.outputs),
    `Result: ${entry.returns}`,
    'Example:',
    ...exampleCommands(entry).map((command) => `  ${command}`),
  ].join('\n');
}

const SHOWN = 400;

function content(value: string | Uint8Array): string {
  if (typeof value !== 'string') return `(${value.length} bytes)\n`;
  const text = value.length > SHOWN ? `${value.slice(0, SHOWN)}... (${value.length} characters)` : value;
  return text.endsWith('\n') ? text : `${text}\n`;
}

/** A cell of a table in Markdown. */
const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function section(entry: CatalogueEntry): string {
  const { name, example } = entry;
  const lines = [
    `## \`${name}\``,
    '',
    entry.details === undefined ? entry.summary : `${entry.summary} ${entry.details}`,
    '',
  ];
  const args = Object.entries(entry.arguments);
  if (args.length > 0) lines.push('| argument | type | | |', '|--|--|--|--|');
  for (const [key, one] of args) {
    lines.push(
      `| \`${key}\` | ${cell(describeRange(one))} | ${cell(describeDefault(one))} | ${cell(one.text)} |`,
    );
  }
  if (args.length > 0) lines.push('');
  const slots = [
    ...entry.inputs.map((slot) => ['input', slot] as const),
    ...entry.outputs.map((slot) => ['output', slot] as const),
  ];
  if (slots.length > 0) lines.push('| slot | | |', '|--|--|--|');
  for (const [kind, slot] of slots) {
    lines.push(`| \`${slot.name}\` | ${kind}${slot.optional ? ', optional' : ''} | ${cell(slot.text)} |`);
  }
  if (slots.length > 0) lines.push('');
  lines.push(`Result: ${entry.returns}.`, '', '```', ...exampleCommands(entry), '```', '');
  const files = Object.entries({ ...example.inputs, ...example.outputs });
  lines.push('```', ...files.flatMap(([slot, value]) => [`${slot}:`, content(value)]));
  lines.push(`result: ${content(example.returns).trimEnd()}`, '```', '');
  return lines.join('\n');
}

/** The page `docs/functions/README.md`. */
export function catalogueMarkdown(entries: Iterable<CatalogueEntry>): string {
  const all = [...entries];
  const anchor = (name: string) => name.toLowerCase().replace(/[^a-z0-9_-]/g, '');
  return [
    '# Built-in functions',
    '',
    'Made by `npm run docs` from the catalogue, which `gaiwan functions list --builtin` and `gaiwan functions show NAME` print',
    'too. Every example is run by the tests, alone and through the whole platform.',
    '',
    'A task gives exactly the arguments that were registered. `gaiwan functions register --name NAME` registers the required ones;',
    'those with a default are registered with `--optional-argument`. `{i}` in a slot stands for 0, 1, ..., one for each of',
    '`--parties`.',
    '',
    '[How fast they are, beside what, and how much memory they take](performance.md); [how good the models are](quality.md); [which files they read and write](files.md), CSV, Parquet and Arrow; [wrong answers that were found](../findings.md).',
    '',
    '| function | |',
    '|--|--|',
    ...all.map(({ name, summary }) => `| [\`${name}\`](#${anchor(name)}) | ${cell(summary)} |`),
    '',
    ...all.map(section),
  ].join('\n');
}

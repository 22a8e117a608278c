/** Reads the file of a computation strictly: whatever is missing, unknown or of another type is refused with its place. */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { LogReader, TaskLimits } from '@gaiwan/client';
import { dictionary, messageOf } from '@gaiwan/errors';
import { parse } from 'smol-toml';
import { usage } from '../errors.ts';
import { limits } from '../limits.ts';
import { type Fields, readFields } from '../project/fields.ts';
import { readBytes } from '../terminal/secrets.ts';
import type {
  DescribedFunction,
  DescribedInput,
  DescribedOutput,
  Description,
  DescriptionFile,
  Party,
} from './description.ts';
import { jsonText } from './json-text.ts';

/** As templates have it where something is to be filled in. */
export const TO_FILL_IN = '?';

const HEX_32 = /^[0-9a-f]{64}$/;
const NAME = /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$/u;

/** Of a file. Throws `CliError`. */
export function readDescription(path: string): DescriptionFile {
  const tooLarge = usage(
    `${path} has more than ${limits.description.value} bytes: it describes no computation.`,
  );
  if (path !== '-' && (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > limits.description.value)
    throw tooLarge;
  const bytes = readBytes(path);
  if (bytes.length > limits.description.value) throw tooLarge;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw usage(`${path} is no UTF-8 text.`);
  }
  return parseDescription(text, path);
}

/** @param place For errors, and from where a project's folder is looked for: the file's path. Throws `CliError` (usage). */
export function parseDescription(text: string, place: string): DescriptionFile {
  let value: unknown;
  try {
    value = parse(text, { integersAsBigInt: true, maxDepth: limits.descriptionDepth.value });
  } catch (error) {
    throw usage(`${place} is no TOML: ${messageOf(error).trim()}`);
  }
  const sha256 = createHash('sha256').update(text).digest('hex');
  return { description: read(value, place), text, sha256 };
}

function read(value: unknown, place: string): Description {
  const fields = readFields(plain(value), place);
  const parties = readParties(fields.required('parties'));
  const users = usersOf(parties);
  const name = fields.text('name');
  if (!NAME.test(name) || name.startsWith('task-'))
    throw fields.wrong(
      `is called ${JSON.stringify(name)}: a name has up to 64 letters, digits, ".", "_" and "-", and does not begin with "task-"`,
    );
  const [creator = ''] = users(fields, 'creator', [fields.text('creator')]);
  const given: unknown = isTable(value) ? value['arguments'] : undefined;
  const open = Object.entries(fields.raw('arguments')).find(([, one]) => one === TO_FILL_IN);
  if (open) throw fields.wrong(`still has to be told what the argument "${open[0]}" is`);
  const description: Description = {
    name,
    creator,
    parties,
    function: readFunction(fields, place),
    executor: fields.text('executor', 'builtin'),
    arguments: jsonText(given ?? {}, 'arguments'),
    inputs: fields.object('inputs')?.each((slot) => readInput(slot, users)) ?? {},
    outputs: fields.object('outputs')?.each((slot) => readOutput(slot, users)) ?? {},
    limits: readLimits(fields.object('limits')),
    logs: readLogs(fields),
    repeat: fields.flag('repeat'),
  };
  fields.end();
  checkParts(description, fields);
  return description;
}

const isTable = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** With numbers in place of bigints that numbers can hold: for all but arguments. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (Array.isArray(value)) return value.map(plain);
  if (!isTable(value) || value instanceof Date) return value;
  return dictionary(Object.entries(value).map(([name, one]) => [name, plain(one)] as const));
}

function readParties(fields: Fields): Party[] {
  const parties = fields.names().map((name): Party => {
    const user = fields.textOrUndefined(name);
    if (user !== undefined) return { name, user: filledIn(fields, name, user) };
    const party = fields.required(name);
    const found = { name, user: filledIn(party, 'user', party.text('user')), key: party.optionalText('key') };
    party.end();
    if (found.key !== undefined && !HEX_32.test(found.key))
      throw party.wrong('has a "key" that is no id of one: 64 hex digits, as gaiwan keys show prints them');
    return found;
  });
  fields.end();
  if (parties.length === 0) throw fields.wrong('names nobody');
  const users = parties.map(({ user }) => user);
  const twice = users.find((user, index) => users.indexOf(user) !== index);
  if (twice !== undefined) throw fields.wrong(`names ${JSON.stringify(twice)} twice`);
  return parties;
}

function filledIn(fields: Fields, key: string, text: string): string {
  if (text === TO_FILL_IN || text === '') throw fields.wrong(`still has to be told what "${key}" is`);
  return text;
}

type Users = (fields: Fields, key: string, names: readonly string[]) => string[];

/** Names of parties to users. Throws for one that is no party. */
function usersOf(parties: readonly Party[]): Users {
  return (fields, key, names) =>
    names.map((name) => {
      filledIn(fields, key, name);
      const party = parties.find((one) => one.name === name);
      if (party) return party.user;
      const known = parties.map((one) => one.name).join(', ');
      throw fields.wrong(
        `names ${JSON.stringify(name)} in "${key}", which is no party: [parties] has ${known}`,
      );
    });
}

function readFunction(fields: Fields, place: string): DescribedFunction {
  const text = fields.textOrUndefined('function');
  if (text !== undefined) {
    filledIn(fields, 'function', text);
    return text.startsWith('function-') ? { id: text } : { name: text };
  }
  const table = fields.required('function');
  const project = table.optionalText('project');
  const found: DescribedFunction = {
    name: table.optionalText('name'),
    id: table.optionalText('id'),
    version: table.optionalText('version'),
    project: project === undefined ? undefined : resolve(dirname(place), project),
  };
  table.end();
  if (found.version !== undefined && !HEX_32.test(found.version))
    throw table.wrong('has a "version" that is none: the 64 hex digits of its hash');
  if (found.project !== undefined && found.version === undefined)
    throw table.wrong(
      'names a "project" without its "version": its hash, which gaiwan tasks template prints',
    );
  if (found.name === undefined && found.id === undefined && found.project === undefined)
    throw table.wrong('says neither "name", "id" nor "project"');
  return found;
}

function readInput(fields: Fields, users: Users): DescribedInput {
  const columns = fields.has('columns') ? fields.texts('columns') : undefined;
  const found = { owners: users(fields, 'from', fields.textOrTexts('from')), columns };
  fields.end();
  if (columns && new Set(columns).size !== columns.length) throw fields.wrong('names a column twice');
  return found;
}

function readOutput(fields: Fields, users: Users): DescribedOutput {
  const file = fields.optionalText('file');
  const found = { owners: users(fields, 'to', fields.textOrTexts('to')), file };
  fields.end();
  if (file !== undefined && !NAME.test(file))
    throw fields.wrong(
      `calls its file ${JSON.stringify(file)}: give a bare name of letters, digits, ".", "_" and "-"`,
    );
  return found;
}

/** What the file calls each limit, what the platform calls it, and how many of the platform's units are one of the file's. */
const limitNames = {
  seconds: ['timeMs', 1000],
  processor_seconds: ['cpuMs', 1000],
  memory_mib: ['memoryMiB', 1],
  output_bytes: ['outputBytes', 1],
  log_bytes: ['logBytes', 1],
  files: ['files', 1],
  input_bytes: ['stagedBytes', 1],
  transfer_seconds: ['transferMs', 1000],
} as const satisfies Readonly<Record<string, readonly [keyof TaskLimits, number]>>;

function readLimits(fields: Fields | undefined): Partial<TaskLimits> {
  if (fields === undefined) return {};
  const found = Object.entries(limitNames).flatMap(([name, [limit, unit]]) => {
    const count = fields.optionalCount(name);
    return count === undefined ? [] : [[limit, count * unit] as const];
  });
  fields.end();
  return dictionary(found);
}

/** As `LogReader` of the client, which is not loaded for this. */
const readers = ['creator', 'function-owner'] as const satisfies readonly LogReader[];

function readLogs(fields: Fields): LogReader[] {
  const named = fields.texts('logs').map((name) => {
    const known = readers.find((one) => one === name);
    if (known === undefined)
      throw fields.wrong(`has ${JSON.stringify(name)} in "logs": ${readers.join(' or ')}`);
    return known;
  });
  return [...new Set(named)].sort();
}

/** Everybody has a part. */
function checkParts({ parties, creator, inputs, outputs }: Description, fields: Fields): void {
  const owners = [...Object.values(inputs), ...Object.values(outputs)].flatMap((slot) => slot.owners);
  const idle = parties.find(({ user }) => user !== creator && !owners.includes(user));
  if (idle)
    throw fields.wrong(`names the party ${JSON.stringify(idle.name)}, which neither gives nor gets anything`);
}

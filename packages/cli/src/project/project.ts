/** A function's project: a folder with `gaiwan-function.json`, which says what the function is and how it is tried out. */
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { messageOf, systemCode } from '@gaiwan/errors';
import { ArgumentsTextError, readArguments, readItems } from '@gaiwan/protocol';
import { CliError, unreadable, usage } from '../errors.ts';
import { type Fields, readFields } from './fields.ts';

const PROJECT_FILE = 'gaiwan-function.json';

export interface Slot {
  readonly name: string;
  readonly optional: boolean;
}

export interface Build {
  /** TypeScript source whose types are taken away; lines stay where they are. */
  readonly typescript?: string;
  /** Program and arguments, run in the project's folder. */
  readonly command?: readonly string[];
  /** Programs that the command needs, and how they are installed on Debian. */
  readonly needs: readonly string[];
  readonly install: string;
}

export interface TestCase {
  readonly name: string;
  /** JSON text, with numbers as they are written in the project file. */
  readonly arguments: string;
  /** Slot, and file in the project's folder. */
  readonly inputs: Readonly<Record<string, string>>;
  /** What the outputs must be, to the byte. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly result: string | undefined;
  /** Part of the message with which the function must fail. */
  readonly error: string | undefined;
}

export interface Project {
  readonly folder: string;
  readonly name: string;
  readonly description: string;
  readonly executorType: string;
  readonly executor: string;
  /** The file that is registered. */
  readonly code: string;
  readonly build: Build | undefined;
  readonly arguments: readonly string[];
  readonly fixed: Readonly<Record<string, string>>;
  readonly inputs: readonly Slot[];
  readonly outputs: readonly Slot[];
  readonly limits: Readonly<Record<string, number>>;
  readonly tests: readonly TestCase[];
}

/** @param path A project's folder, or its project file. Throws `CliError` with what is wrong, and where. */
export function readProject(path: string): Project {
  const file = path.endsWith('.json') ? resolve(path) : join(resolve(path), PROJECT_FILE);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw unreadable(file, error);
    throw new CliError('io', `${file} cannot be read: "gaiwan function new" makes a project.`, {
      cause: error,
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw usage(`${file} is no JSON: ${messageOf(error)}`);
  }
  return parseProject(readFields(value, file), dirname(file), argumentsOfTests(text, file));
}

/** The arguments of each test as they are written there: `JSON.parse` would round them, and make `2` of `2.0`. */
function argumentsOfTests(text: string, file: string): readonly string[] {
  try {
    const tests = readArguments(text).get('tests') ?? '[]';
    if (!tests.startsWith('[')) return [];
    return readItems(tests).map((test) =>
      test.startsWith('{') ? (readArguments(test).get('arguments') ?? '{}') : '{}',
    );
  } catch (error) {
    if (error instanceof ArgumentsTextError) throw usage(`${file}: ${error.message}.`);
    throw error;
  }
}

function parseProject(fields: Fields, folder: string, args: readonly string[]): Project {
  const build = fields.object('build');
  const project: Project = {
    folder,
    name: fields.text('name'),
    description: fields.text('description', ''),
    executorType: fields.text('executorType'),
    executor: fields.text('executor'),
    code: fields.text('code'),
    build: build && parseBuild(build),
    arguments: fields.texts('arguments'),
    fixed: fields.textMap('fixed'),
    inputs: fields.list('inputs').map(slot),
    outputs: fields.list('outputs').map(slot),
    limits: fields.numberMap('limits'),
    tests: fields.list('tests').map((test, index) => parseTest(test.asObject(), args[index] ?? '{}')),
  };
  fields.end();
  return project;
}

function parseBuild(fields: Fields): Build {
  const typescript = fields.text('typescript', '');
  const command = fields.texts('command');
  if ((typescript === '') === (command.length === 0))
    throw fields.wrong('says either "typescript" or "command"');
  const more = { needs: fields.texts('needs'), install: fields.text('install', '') };
  fields.end();
  return typescript === '' ? { command, ...more } : { typescript, ...more };
}

function slot(item: ReturnType<Fields['list']>[number]): Slot {
  if (typeof item.value === 'string') return { name: item.value, optional: false };
  const fields = item.asObject();
  const found = { name: fields.text('name'), optional: fields.flag('optional') };
  fields.end();
  return found;
}

function parseTest(fields: Fields, args: string): TestCase {
  fields.raw('arguments');
  const test = {
    name: fields.text('name'),
    arguments: args,
    inputs: fields.textMap('inputs'),
    outputs: fields.textMap('outputs'),
    result: fields.optionalText('result'),
    error: fields.optionalText('error'),
  };
  fields.end();
  return test;
}

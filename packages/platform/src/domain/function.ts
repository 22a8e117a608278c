/** Functions: a record that changes, and versions that do not. */
import { type FunctionDefinition, functionDefinitionBytes, ManifestError } from '@gaiwan/protocol';
import { refuse } from '../errors.ts';
import { limits } from './limits.ts';
import type { FunctionRecord, FunctionVersion } from './records.ts';
import { sha256Hex } from './sha256.ts';

const executorTypes: readonly string[] = ['builtin', 'python', 'wamr', 'wasm', 'javascript'];
const executors: readonly string[] = ['builtin', 'mesapy', 'python', 'cpython', 'wamr', 'wasm', 'javascript'];
/** A type of an executor that the operator brings, whose name is what follows. */
const CUSTOM = /^custom:([a-z0-9][a-z0-9_.-]{0,31})$/;

function checkExecutorType(type: string): void {
  if (executorTypes.includes(type) || CUSTOM.test(type)) return;
  throw refuse(
    'bad-executor-type',
    `Invalid executor type: ${type.slice(0, 60)}. Use one of ${executorTypes.join(', ')}, or custom:NAME.`,
  );
}

/** A pair that no worker can run is a matter of the run, as in Teaclave; a name that is none is refused. */
export function checkExecutor(type: string, executor: string): void {
  if (executors.includes(executor) || CUSTOM.exec(type)?.[1] === executor) return;
  throw refuse(
    'bad-executor',
    `Unsupported executor: ${executor.slice(0, 60)}. Use one of ${executors.join(', ')}, or NAME for a function of the type custom:NAME.`,
  );
}

/** A version of code that is called in this way. */
export const functionVersion = (
  how: Omit<FunctionDefinition, 'format' | 'payload'>,
  payload: Uint8Array,
): FunctionVersion => ({
  definition: { ...how, format: 'gaiwan-function-version/1', payload: sha256Hex(payload) },
  payload,
});

/** Hex SHA-256 over everything that decides what runs and how it is called. Throws as `checkFunctionVersion` does. */
export function functionVersionHash(definition: FunctionDefinition): string {
  try {
    return sha256Hex(functionDefinitionBytes(definition));
  } catch (cause) {
    if (!(cause instanceof ManifestError && cause.code === 'too-large')) throw cause;
    throw refuse('definition-too-large', 'The definition of the function, its code apart, is too long.', {
      cause,
    });
  }
}

/** Throws unless the version can be registered. */
export function checkFunctionVersion({ definition, payload }: FunctionVersion): void {
  checkExecutorType(definition.executorType);
  if (payload.length > limits.payload) {
    throw refuse(
      'payload-too-large',
      `The function's code has ${payload.length} bytes; at most ${limits.payload} are taken.`,
    );
  }
  if (definition.name.length > limits.name || definition.description.length > limits.description) {
    throw refuse(
      'name-too-long',
      `A name has at most ${limits.name} characters, a description ${limits.description}.`,
    );
  }
  for (const [what, names] of [
    ['argument', definition.arguments.map(({ key }) => key)],
    ['input', definition.inputs.map(({ name }) => name)],
    ['output', definition.outputs.map(({ name }) => name)],
  ] as const) {
    if (names.length > limits.listEntries)
      throw refuse('too-many-entries', `A function has at most ${limits.listEntries} ${what}s.`);
    const bad = names.find((name, index) => !slotName(name) || names.indexOf(name) !== index);
    if (bad !== undefined) {
      throw refuse(
        'bad-slot-name',
        `"${bad.slice(0, 60)}" cannot name an ${what}: names are unique, 1 to ${limits.name} characters, no "/" and no control characters.`,
      );
    }
  }
}

const slotName = (name: string) =>
  name.length > 0 &&
  name.length <= limits.name &&
  !/[/\\\p{Cc}]/u.test(name) &&
  name !== '.' &&
  name !== '..';

/** Negative quotas mean unlimited; 0 means never. */
export const normalQuota = (quota: number): number => (quota < 0 ? -1 : quota);

/** Throws when the quota is used up. */
export function checkQuota(record: FunctionRecord, usage: number): void {
  if (record.quota >= 0 && record.quota <= usage) {
    throw refuse(
      'quota-used-up',
      `The function's quota of ${record.quota} invocations is used up: ask its owner for more.`,
    );
  }
}

export function disable(record: FunctionRecord): FunctionRecord {
  return { ...record, disabled: true, allowlist: [] };
}

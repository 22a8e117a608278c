/** Functions: a record that changes, and versions that do not. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '@gaiwan/protocol';
import { refuse } from '../errors.ts';
import { limits } from '../limits.ts';
import type { FunctionRecord, FunctionVersion } from './records.ts';

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

const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');

/** Hex SHA-256 over the canonical JSON of everything that decides what runs and how it is called; code by its hash. */
export function functionVersionHash(version: FunctionVersion): string {
  return sha256(
    canonicalJson({
      format: 'gaiwan-function-version/1',
      name: version.name,
      description: version.description,
      executorType: version.executorType,
      payload: sha256(version.payload),
      arguments: version.arguments.map((argument) => ({ ...argument })),
      inputs: version.inputs.map((slot) => ({ ...slot })),
      outputs: version.outputs.map((slot) => ({ ...slot })),
    }),
  );
}

/** Throws unless the version can be registered. */
export function checkFunctionVersion(version: FunctionVersion): void {
  checkExecutorType(version.executorType);
  if (version.payload.length > limits.payload.value) {
    throw refuse(
      'payload-too-large',
      `The function's code has ${version.payload.length} bytes; at most ${limits.payload.value} are taken.`,
    );
  }
  if (version.name.length > limits.name.value || version.description.length > limits.description.value) {
    throw refuse(
      'name-too-long',
      `A name has at most ${limits.name.value} characters, a description ${limits.description.value}.`,
    );
  }
  for (const [what, names] of [
    ['argument', version.arguments.map(({ key }) => key)],
    ['input', version.inputs.map(({ name }) => name)],
    ['output', version.outputs.map(({ name }) => name)],
  ] as const) {
    if (names.length > limits.listEntries.value)
      throw refuse('too-many-entries', `A function has at most ${limits.listEntries.value} ${what}s.`);
    const bad = names.find((name, index) => !slotName(name) || names.indexOf(name) !== index);
    if (bad !== undefined) {
      throw refuse(
        'bad-slot-name',
        `"${bad.slice(0, 60)}" cannot name an ${what}: names are unique, 1 to ${limits.name.value} characters, no "/" and no control characters.`,
      );
    }
  }
}

const slotName = (name: string) =>
  name.length > 0 &&
  name.length <= limits.name.value &&
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

/** Functions: a record that changes, and versions that do not. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '@gaiwan/protocol';
import { limits } from './limits.ts';
import type { FunctionRecord, FunctionVersion } from './records.ts';
import { refuse } from './refusals.ts';

export const executorTypes: readonly string[] = ['builtin', 'python', 'wamr'];
export const executors: readonly string[] = ['builtin', 'mesapy', 'wamr'];

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
  if (!executorTypes.includes(version.executorType)) {
    throw refuse.conversion(
      'bad-executor-type',
      `Invalid executor type: ${version.executorType.slice(0, 60)}. Use one of ${executorTypes.join(', ')}.`,
    );
  }
  if (version.payload.length > limits.payload) {
    throw refuse.tooLarge(
      'payload-too-large',
      `The function's code has ${version.payload.length} bytes; at most ${limits.payload} are taken.`,
    );
  }
  if (version.name.length > limits.name || version.description.length > limits.description) {
    throw refuse.tooLarge(
      'name-too-long',
      `A name has at most ${limits.name} characters, a description ${limits.description}.`,
    );
  }
  for (const [what, names] of [
    ['argument', version.arguments.map(({ key }) => key)],
    ['input', version.inputs.map(({ name }) => name)],
    ['output', version.outputs.map(({ name }) => name)],
  ] as const) {
    if (names.length > limits.listEntries)
      throw refuse.tooLarge('too-many-entries', `A function has at most ${limits.listEntries} ${what}s.`);
    const bad = names.find((name, index) => !slotName(name) || names.indexOf(name) !== index);
    if (bad !== undefined) {
      throw refuse.invalid(
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
    throw refuse.quota(
      'quota-used-up',
      `The function's quota of ${record.quota} invocations is used up: ask its owner for more.`,
    );
  }
}

export function disable(record: FunctionRecord): FunctionRecord {
  return { ...record, disabled: true, allowlist: [] };
}

/** Functions: a record that changes, and versions that do not. */
import { type FunctionDefinition, functionDefinitionBytes, ManifestError } from '@gaiwan/protocol';
import { refuse, sentText } from '../errors.ts';
import { limits } from '../limits.ts';
import { isBareName, isVisible, isVisibleText } from './names.ts';
import type { DisabledBy, FunctionRecord, FunctionVersion } from './records.ts';
import { sha256Hex } from './sha256.ts';

const executorTypes: readonly string[] = ['builtin', 'python', 'wamr', 'wasm', 'javascript'];
/** Runs one built-in function on native code, in a sandbox, where the operator brings that code. */
export const ONNX_NATIVE = 'onnx-native';
const ONNX_PREDICT = 'builtin-onnx-predict';
const executors: readonly string[] = [
  'builtin',
  ONNX_NATIVE,
  'mesapy',
  'python',
  'cpython',
  'wamr',
  'wasm',
  'javascript',
];
/** A type of an executor that the operator brings, whose name is what follows. */
const CUSTOM = /^custom:([a-z0-9][a-z0-9_.-]{0,31})$/;

function checkExecutorType(type: string): void {
  if (executorTypes.includes(type) || CUSTOM.test(type)) return;
  throw refuse(
    'bad-executor-type',
    `"${sentText(type)}" is no executor type. Use one of ${executorTypes.join(', ')}, or custom:NAME.`,
    { wire: `Invalid executor type: ${sentText(type)}` },
  );
}

/** A pair that no worker can run is a matter of the run, as in Teaclave; a name that is none is refused. */
export function checkExecutor(
  { executorType: type, name }: Pick<FunctionDefinition, 'executorType' | 'name'>,
  executor: string,
): void {
  if (executor === ONNX_NATIVE && (type !== 'builtin' || name !== ONNX_PREDICT)) {
    throw refuse(
      'bad-executor',
      `The executor ${ONNX_NATIVE} runs ${ONNX_PREDICT} alone: choose another one for "${sentText(name)}".`,
      { wire: `Unsupported executor: ${ONNX_NATIVE}` },
    );
  }
  if (executors.includes(executor) || CUSTOM.exec(type)?.[1] === executor) return;
  throw refuse(
    'bad-executor',
    `"${sentText(executor)}" is no executor. Use one of ${executors.join(', ')}, or NAME for a function of the type custom:NAME.`,
    { wire: `Unsupported executor: ${sentText(executor)}` },
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
  if (payload.length > limits.payload.value) {
    throw refuse(
      'payload-too-large',
      `The function's code has ${payload.length} bytes; at most ${limits.payload.value} are taken.`,
    );
  }
  if (
    definition.name.length > limits.name.value ||
    definition.description.length > limits.description.value
  ) {
    throw refuse(
      'name-too-long',
      `A name has at most ${limits.name.value} characters, a description ${limits.description.value}.`,
    );
  }
  if (!isVisible(definition.name) || !isVisibleText(definition.description)) {
    throw refuse(
      'bad-function-name',
      'The name or the description of the function has characters that are not seen: control characters, marks of direction, separators of lines. A description may have line feeds and tabs.',
    );
  }
  for (const [what, names] of [
    ['argument', definition.arguments.map(({ key }) => key)],
    ['input', definition.inputs.map(({ name }) => name)],
    ['output', definition.outputs.map(({ name }) => name)],
  ] as const) {
    if (names.length > limits.listEntries.value)
      throw refuse('too-many-entries', `A function has at most ${limits.listEntries.value} ${what}s.`);
    const bad = names.find((name, index) => !isSlotName(name) || names.indexOf(name) !== index);
    if (bad !== undefined) {
      throw refuse(
        'bad-slot-name',
        `${JSON.stringify(bad.slice(0, 60))} cannot name an ${what}: names are unique, 1 to ${limits.name.value} characters, no "/", no "\\\\", no control or invisible characters, not __proto__.`,
      );
    }
  }
}

const isSlotName = (name: string) => name.length <= limits.name.value && isBareName(name);

/** Negative quotas mean unlimited; 0 means never. */
export const normaliseQuota = (quota: number): number => (quota < 0 ? -1 : quota);

/** Has its owner hidden its code? Of those from when owners could not say so, private ones are: nobody but their owners could read them. */
export const isCodeHidden = (record: Pick<FunctionRecord, 'codeHidden' | 'public'>): boolean =>
  record.codeHidden ?? !record.public;

/** What an administrator disabled stays an administrator's, whatever its owner does. */
export function disable(record: FunctionRecord, by: DisabledBy): FunctionRecord {
  const disabledBy = record.disabledBy === 'administrator' ? record.disabledBy : by;
  return { ...record, disabledBy, groups: [], people: [] };
}

export function enable(record: FunctionRecord): FunctionRecord {
  const { disabledBy: _, ...enabled } = record;
  return enabled;
}

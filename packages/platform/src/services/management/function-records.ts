/** What is written of a function: its record, its version, and the lists that it is on. */
import type { FunctionArgument, FunctionSlot, Subject } from '@gaiwan/protocol';
import {
  checkFunctionVersion,
  type DisabledBy,
  type FormerVersion,
  type FunctionRecord,
  type FunctionRow,
  type FunctionVersion,
  functionMarks,
  functionRowOf,
  functionVersion,
  functionVersionHash,
  type GroupRecord,
  isCodeHidden,
  keys,
  limits,
  namesOf,
  normaliseQuota,
} from '../../domain/index.ts';
import { refuse } from '../../errors.ts';
import type { CommandCall } from '../../pipeline/spec.ts';
import type { Holdings } from '../../state/holdings.ts';
import type { Reading } from '../../state/reading.ts';
import { dropMaterials } from './function-materials.ts';

type Writes = CommandCall<unknown, unknown>['tx'];

/** What registering and updating have in common. */
export interface FunctionRequest {
  readonly name: string;
  readonly description: string;
  readonly executorType: string;
  readonly payload: Uint8Array;
  readonly public: boolean;
  readonly arguments: readonly FunctionArgument[];
  readonly inputs: readonly FunctionSlot[];
  readonly outputs: readonly FunctionSlot[];
  readonly userAllowlist: readonly string[];
  readonly usageQuota: number;
}

/** Checked; without what its wire messages carry beside. */
function versionOf(request: FunctionRequest): FunctionVersion {
  const { name, description, executorType, payload } = request;
  const slotOf = (slot: FunctionSlot) => ({
    name: slot.name,
    description: slot.description,
    optional: slot.optional,
  });
  const version = functionVersion(
    {
      name,
      description,
      executorType,
      arguments: request.arguments.map(({ key, defaultValue, allowOverwrite }) => ({
        key,
        defaultValue,
        allowOverwrite,
      })),
      inputs: request.inputs.map(slotOf),
      outputs: request.outputs.map(slotOf),
    },
    payload,
  );
  checkFunctionVersion(version);
  return version;
}

function checkAllowlist(names: readonly string[]): void {
  if (names.length <= limits.listEntries.value && names.every((name) => name.length <= limits.userId.value))
    return;
  throw refuse(
    'too-many-entries',
    `An allow-list has at most ${limits.listEntries.value} names of at most ${limits.userId.value} characters.`,
  );
}

/**
 * Whom an allow-list means: an entry that is the name of an account is that account, and one that is not is a group; so is the name of a
 * group that has members, whoever else has it.
 */
async function findAllowed(
  read: Reading,
  entries: readonly string[],
): Promise<Pick<FunctionRecord, 'groups' | 'people'>> {
  const found = await Promise.all(
    [...new Set(entries)].map(async (entry) => {
      const person = await read.subject(entry);
      const isGroup =
        person === undefined || (await read.record<GroupRecord>(keys.group(entry))) !== undefined;
      return { people: person === undefined ? [] : [person], groups: isGroup ? [entry] : [] };
    }),
  );
  return {
    people: found.flatMap(({ people }) => people),
    groups: found.flatMap(({ groups }) => groups),
  };
}

export interface WrittenFunction {
  readonly id: string;
  readonly owner: Subject;
  readonly request: FunctionRequest;
  /** Of an update: whose disabling stays. */
  readonly disabledBy?: DisabledBy;
  /** Of an update. */
  readonly before?: FunctionRecord;
  readonly codeHidden: boolean;
}

function formerVersions(before: FunctionRecord): FormerVersion[] {
  const { version, since = 0, formerVersions: former = [] } = before;
  const last = { version, since, codeHidden: isCodeHidden(before) };
  return [last, ...former].slice(0, limits.formerVersions.value);
}

/** Versions that the function listed, and does not any more. */
function forgotten(before: FunctionRecord, now: FunctionRecord): string[] {
  const listed = (record: FunctionRecord) => [
    record.version,
    ...(record.formerVersions ?? []).map(({ version }) => version),
  ];
  const kept = new Set(listed(now));
  return listed(before).filter((version) => !kept.has(version));
}

/** Returns the hash of the version. Rejects as `Holdings.charge` does. */
export async function writeFunction(
  holdings: Holdings,
  { tx, read }: Pick<CommandCall<unknown, unknown>, 'tx' | 'read'>,
  { id, owner, request, disabledBy, before, codeHidden }: WrittenFunction,
): Promise<string> {
  const version = versionOf(request);
  checkAllowlist(request.userAllowlist);
  const record: FunctionRecord = {
    id,
    owner,
    version: functionVersionHash(version.definition),
    public: request.public,
    ...(await findAllowed(read, request.userAllowlist)),
    ...(disabledBy && { disabledBy }),
    quota: normaliseQuota(request.usageQuota),
    codeHidden,
    since: tx.now(),
    ...(before && { formerVersions: formerVersions(before) }),
  };
  if (before) await dropMaterials(holdings, { tx, read }, id, forgotten(before, record));
  const key = keys.function(id);
  await holdings.charge(tx, { key, by: owner, bytes: tx.put(key, record) });
  // One version counts once, for whoever registered it first, and stays: tasks name it.
  const versionKey = keys.functionVersion(record.version);
  await holdings.charge(tx, { key: versionKey, by: owner, bytes: tx.put(versionKey, version) });
  tx.mark(keys.everyFunction(id));
  const row = functionRowOf(record, version.definition);
  tx.put(keys.functionRow(id), row);
  list(tx, record, row);
  return record.version;
}

/** Puts a function on the lists that name it. */
export function list(tx: Pick<Writes, 'mark'>, record: FunctionRecord, row: FunctionRow): void {
  for (const key of functionMarks(record, row)) tx.mark(key);
}

/** Takes it off those. */
export async function unlist(tx: Writes, record: FunctionRecord): Promise<void> {
  for (const key of functionMarks(record, await readRow(tx, record))) tx.delete(key);
}

/** Every function has one: see state/list-marks.ts. */
export async function readRow(tx: Pick<Writes, 'read'>, { id }: FunctionRecord): Promise<FunctionRow> {
  const row = await tx.read<FunctionRow>(keys.functionRow(id));
  if (!row) throw new Error(`the row of ${id} is missing in the store`);
  return row;
}

/** The names on its allow-list, as its owner gave them. */
export const allowlistOf = ({ groups, people }: FunctionRecord): string[] => [
  ...new Set([...namesOf(people), ...groups]),
];

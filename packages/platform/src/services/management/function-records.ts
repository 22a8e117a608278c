/** What is written of a function: its record, its version, and the lists that it is on. */
import type { FunctionArgument, FunctionSlot } from '@gaiwan/protocol';
import {
  checkFunctionVersion,
  type FunctionRecord,
  type FunctionVersion,
  functionVersion,
  functionVersionHash,
  keys,
  limits,
  normaliseQuota,
} from '../../domain/index.ts';
import { refuse } from '../../errors.ts';
import type { CommandCall } from '../../pipeline/spec.ts';

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

/** Returns the hash of the version. */
export function writeFunction(tx: Writes, id: string, owner: string, request: FunctionRequest): string {
  const version = versionOf(request);
  checkAllowlist(request.userAllowlist);
  const record: FunctionRecord = {
    id,
    owner,
    version: functionVersionHash(version.definition),
    public: request.public,
    allowlist: [...new Set(request.userAllowlist)],
    disabled: false,
    quota: normaliseQuota(request.usageQuota),
  };
  tx.put(keys.function(id), record);
  tx.put(keys.functionVersion(record.version), version);
  tx.mark(keys.userFunction(owner, 'registered', id));
  for (const name of record.allowlist) tx.mark(keys.userFunction(name, 'allowed', id));
  return record.version;
}

/** Takes a function off the lists that name it. */
export function unlist(tx: Writes, { id, owner, allowlist }: FunctionRecord): void {
  tx.delete(keys.userFunction(owner, 'registered', id));
  for (const name of allowlist) tx.delete(keys.userFunction(name, 'allowed', id));
}

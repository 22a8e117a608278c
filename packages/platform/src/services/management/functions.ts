/** Functions: register, update, read, list (contract 3.5). */

import type { frontend } from '@gaiwan/protocol';
import type { Key, Store } from '@gaiwan/store';
import {
  checkFunctionVersion,
  disable,
  type FunctionRecord,
  type FunctionVersion,
  functionVersionHash,
  keys,
  limits,
  normaliseQuota,
  usageLog,
} from '../../domain/index.ts';
import { refuse } from '../../errors.ts';
import type { Handlers } from '../../pipeline/handlers.ts';
import { command, query } from '../../pipeline/method.ts';
import { type CommandCall, type Resource, wholePlatform } from '../../pipeline/spec.ts';
import type { Caller } from '../../ports.ts';
import type { ManagementContext } from './context.ts';
import { onFunction } from './resources.ts';

type FunctionMethods = Pick<
  Handlers<typeof frontend.TeaclaveFrontend>,
  | 'registerFunction'
  | 'updateFunction'
  | 'getFunction'
  | 'getFunctionUsageStats'
  | 'deleteFunction'
  | 'disableFunction'
  | 'listFunctions'
>;

type Writes = CommandCall<unknown, unknown>['tx'];

/** Whose functions are listed; policies look at the caller's own role. */
const onUserList: Resource<{ readonly userId: string }, { readonly id: string; readonly caller: Caller }> = {
  load: (_read, { userId }, caller) => ({ id: userId, caller }),
  facts: ({ id, caller }) => [{ type: 'User', id, role: caller.role }],
};

export function functionMethods({ store, ids }: ManagementContext): FunctionMethods {
  return {
    registerFunction: command({
      action: 'RegisterFunction',
      resource: wholePlatform,
      run: ({ tx, caller, request }) => {
        const functionId = `function-${ids()}`;
        const version = writeFunction(tx, functionId, caller.id, request);
        return {
          reply: { functionId },
          event: { type: 'function-registered', function: functionId, version },
        };
      },
    }),

    updateFunction: command({
      action: 'UpdateFunction',
      resource: onFunction,
      run: ({ tx, caller, request, resource: before }) => {
        unlist(tx, before);
        const version = writeFunction(tx, before.id, caller.id, request);
        return {
          reply: { functionId: before.id },
          event: { type: 'function-updated', function: before.id, version },
        };
      },
    }),

    getFunction: query({
      action: 'GetFunction',
      resource: onFunction,
      run: async ({ read, resource: record, permits }) => {
        const version = await read.version(record.version);
        const whole = permits('GetFunctionPayload');
        return {
          name: version.name,
          description: version.description,
          executorType: version.executorType,
          owner: record.owner,
          payload: whole ? version.payload : new Uint8Array(),
          public: record.public,
          arguments: version.arguments.map((argument) => ({ ...argument })),
          inputs: version.inputs.map((slot) => ({ ...slot })),
          outputs: version.outputs.map((slot) => ({ ...slot })),
          userAllowlist: whole ? [...record.allowlist] : [],
        };
      },
    }),

    getFunctionUsageStats: query({
      action: 'GetFunctionUsageStats',
      resource: onFunction,
      run: async ({ resource: { id, quota } }) => ({
        functionQuota: quota,
        currentUsage: await store.logLength(usageLog(id)),
      }),
    }),

    deleteFunction: command({
      action: 'DeleteFunction',
      resource: onFunction,
      run: ({ tx, resource: record }) => {
        unlist(tx, record);
        tx.delete(keys.function(record.id));
        return { reply: {}, event: { type: 'function-deleted', function: record.id } };
      },
    }),

    disableFunction: command({
      action: 'DisableFunction',
      resource: onFunction,
      run: ({ tx, resource: record }) => {
        unlist(tx, record);
        tx.put(keys.function(record.id), disable(record));
        return { reply: {}, event: { type: 'function-disabled', function: record.id } };
      },
    }),

    listFunctions: query({
      action: 'ListFunctions',
      resource: onUserList,
      run: async ({ caller, request: { userId } }) => {
        const registeredFunctions = await lastSegments(store, keys.userFunctions(userId, 'registered'));
        if (caller.role.name === 'PlatformAdmin')
          return { registeredFunctions, allowedFunctions: await lastSegments(store, keys.functions()) };
        // An allow-list names groups or users.
        const names = new Set([userId, caller.role.attribute].filter((name) => name !== ''));
        const lists = await Promise.all(
          [...names].map((name) => lastSegments(store, keys.userFunctions(name, 'allowed'))),
        );
        return { registeredFunctions, allowedFunctions: [...new Set(lists.flat())] };
      },
    }),
  };
}

/** What registering and updating have in common. */
interface FunctionRequest {
  readonly name: string;
  readonly description: string;
  readonly executorType: string;
  readonly payload: Uint8Array;
  readonly public: boolean;
  readonly arguments: FunctionVersion['arguments'];
  readonly inputs: FunctionVersion['inputs'];
  readonly outputs: FunctionVersion['outputs'];
  readonly userAllowlist: readonly string[];
  readonly usageQuota: number;
}

/** Checked; without what its wire messages carry beside. */
function versionOf({
  name,
  description,
  executorType,
  payload,
  ...request
}: FunctionRequest): FunctionVersion {
  const slotOf = (slot: FunctionVersion['inputs'][number]) => ({
    name: slot.name,
    description: slot.description,
    optional: slot.optional,
  });
  const version = {
    name,
    description,
    executorType,
    payload,
    arguments: request.arguments.map(({ key, defaultValue, allowOverwrite }) => ({
      key,
      defaultValue,
      allowOverwrite,
    })),
    inputs: request.inputs.map(slotOf),
    outputs: request.outputs.map(slotOf),
  };
  checkFunctionVersion(version);
  return version;
}

function checkAllowlist(names: readonly string[]): void {
  if (names.length <= limits.listEntries && names.every((name) => name.length <= limits.userId)) return;
  throw refuse(
    'too-many-entries',
    `An allow-list has at most ${limits.listEntries} names of at most ${limits.userId} characters.`,
  );
}

/** Returns the hash of the version. */
function writeFunction(tx: Writes, id: string, owner: string, request: FunctionRequest): string {
  const version = versionOf(request);
  checkAllowlist(request.userAllowlist);
  const record: FunctionRecord = {
    id,
    owner,
    version: functionVersionHash(version),
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

function unlist(tx: Writes, { id, owner, allowlist }: FunctionRecord): void {
  tx.delete(keys.userFunction(owner, 'registered', id));
  for (const name of allowlist) tx.delete(keys.userFunction(name, 'allowed', id));
}

/** The last segments of all keys under a prefix. */
async function lastSegments(store: Store, prefix: Key): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of store.entries(prefix)) found.push(...key.slice(-1));
  return found;
}

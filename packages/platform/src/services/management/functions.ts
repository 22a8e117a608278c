/** Functions: register, update, read, list (contract 3.5). */
import type { frontend } from '@gaiwan/protocol';
import type { Key, Store } from '@gaiwan/store';
import { disable, keys, usageLog } from '../../domain/index.ts';
import type { Handlers } from '../../pipeline/handlers.ts';
import { command, query } from '../../pipeline/method.ts';
import { seesResults } from '../../pipeline/signatures.ts';
import { type Resource, wholePlatform } from '../../pipeline/spec.ts';
import type { Caller } from '../../ports.ts';
import type { ManagementContext } from './context.ts';
import { unlist, writeFunction } from './function-records.ts';
import { onFunction } from './resources.ts';

type Frontend = Handlers<typeof frontend.TeaclaveFrontend>;

/** Whose functions are listed; policies look at the caller's own role. */
const onUserList: Resource<{ readonly userId: string }, { readonly id: string; readonly caller: Caller }> = {
  load: (_read, { userId }, caller) => ({ id: userId, caller }),
  facts: ({ id, caller }) => [{ type: 'User', id, role: caller.role }],
};

const registerFunction = ({ ids }: ManagementContext): Frontend['registerFunction'] =>
  command({
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
  });

const updateFunction: Frontend['updateFunction'] = command({
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
});

const getFunction: Frontend['getFunction'] = query({
  action: 'GetFunction',
  resource: onFunction,
  run: async ({ read, resource: record, permits, proof }) => {
    const { definition, payload } = await read.version(record.version);
    const whole = (record.public || seesResults(proof)) && permits('GetFunctionPayload');
    return {
      name: definition.name,
      description: definition.description,
      executorType: definition.executorType,
      owner: record.owner,
      payload: whole ? payload : new Uint8Array(),
      public: record.public,
      arguments: definition.arguments.map((argument) => ({ ...argument })),
      inputs: definition.inputs.map((slot) => ({ ...slot })),
      outputs: definition.outputs.map((slot) => ({ ...slot })),
      userAllowlist: whole ? [...record.allowlist] : [],
    };
  },
});

const getFunctionUsageStats = ({ store }: ManagementContext): Frontend['getFunctionUsageStats'] =>
  query({
    action: 'GetFunctionUsageStats',
    resource: onFunction,
    run: async ({ resource: { id, quota } }) => ({
      functionQuota: quota,
      currentUsage: await store.logLength(usageLog(id)),
    }),
  });

const deleteFunction: Frontend['deleteFunction'] = command({
  action: 'DeleteFunction',
  resource: onFunction,
  run: ({ tx, resource: record }) => {
    unlist(tx, record);
    tx.delete(keys.function(record.id));
    return { reply: {}, event: { type: 'function-deleted', function: record.id } };
  },
});

const disableFunction: Frontend['disableFunction'] = command({
  action: 'DisableFunction',
  resource: onFunction,
  run: ({ tx, resource: record }) => {
    unlist(tx, record);
    tx.put(keys.function(record.id), disable(record));
    return { reply: {}, event: { type: 'function-disabled', function: record.id } };
  },
});

const listFunctions = ({ store }: ManagementContext): Frontend['listFunctions'] =>
  query({
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
  });

type FunctionMethods = Pick<
  Frontend,
  | 'registerFunction'
  | 'updateFunction'
  | 'getFunction'
  | 'getFunctionUsageStats'
  | 'deleteFunction'
  | 'disableFunction'
  | 'listFunctions'
>;

export const functionMethods = (context: ManagementContext): FunctionMethods => ({
  registerFunction: registerFunction(context),
  updateFunction,
  getFunction,
  getFunctionUsageStats: getFunctionUsageStats(context),
  deleteFunction,
  disableFunction,
  listFunctions: listFunctions(context),
});

/** The last segments of all keys under a prefix. */
async function lastSegments(store: Store, prefix: Key): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of store.entries(prefix)) found.push(...key.slice(-1));
  return found;
}

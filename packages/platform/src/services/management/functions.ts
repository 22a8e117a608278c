/** Functions: register, update, read, list (contract 3.5). */
import type { frontend } from '@gaiwan/protocol';
import {
  checkFunctionVersion,
  disable,
  type FunctionRecord,
  functionVersion,
  functionVersionHash,
  keys,
  limits,
  normalQuota,
  refuse,
  usageLog,
} from '../../domain/index.ts';
import type { Caller, Handlers } from '../../ports.ts';
import type { Transaction } from '../../state/transaction.ts';
import { asResource, inTransaction, type ManagementContext, Reading } from './context.ts';

type Frontend = Handlers<typeof frontend.TeaclaveFrontend>;
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

export function functionMethods(context: ManagementContext): FunctionMethods {
  const { access, store } = context;
  const reading = new Reading(context);
  const allowed = (caller: Caller, action: string, record: FunctionRecord): boolean => {
    try {
      access.require({ caller, action, resource: asResource.function(record) });
      return true;
    } catch {
      return false;
    }
  };
  return {
    registerFunction: (caller, request) =>
      inTransaction(context, async (tx) => {
        const functionId = `function-${context.ids()}`;
        writeFunction(tx, caller, functionId, request, undefined);
        return { functionId };
      }),

    updateFunction: (caller, request) =>
      inTransaction(context, async (tx, read) => {
        const before = await read.function(request.functionId);
        access.require({ caller, action: 'UpdateFunction', resource: asResource.function(before) });
        writeFunction(tx, caller, before.id, request, before);
        return { functionId: before.id };
      }),

    async getFunction(caller, request) {
      const record = await reading.function(request.functionId);
      access.require({ caller, action: 'GetFunction', resource: asResource.function(record) });
      const { definition, payload } = await reading.version(record.version);
      const whole = allowed(caller, 'GetFunctionPayload', record);
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

    async getFunctionUsageStats(caller, request) {
      const record = await reading.function(request.functionId);
      access.require({ caller, action: 'GetFunctionUsageStats', resource: asResource.function(record) });
      return { functionQuota: record.quota, currentUsage: await store.logLength(usageLog(record.id)) };
    },

    deleteFunction: (caller, request) =>
      inTransaction(context, async (tx, read) => {
        const record = await read.function(request.functionId);
        access.require({ caller, action: 'DeleteFunction', resource: asResource.function(record) });
        unlist(tx, record);
        tx.delete(keys.function(record.id));
        tx.event({ type: 'function-deleted', function: record.id, by: caller.id });
        return {};
      }),

    disableFunction: (caller, request) =>
      inTransaction(context, async (tx, read) => {
        const record = await read.function(request.functionId);
        access.require({ caller, action: 'DisableFunction', resource: asResource.function(record) });
        unlist(tx, record);
        tx.put(keys.function(record.id), disable(record));
        tx.event({ type: 'function-disabled', function: record.id, by: caller.id });
        return {};
      }),

    async listFunctions(caller, request) {
      const user = request.userId;
      if (user !== caller.id || caller.role.name === 'PlatformAdmin') {
        access.require({
          caller,
          action: 'ListFunctions',
          resource: { type: 'User', id: user, role: caller.role },
        });
      }
      const registered = await list(context, keys.userFunctions(user, 'registered'));
      if (caller.role.name === 'PlatformAdmin')
        return { registeredFunctions: registered, allowedFunctions: await list(context, keys.functions()) };
      // An allow-list names groups or users.
      const names = new Set([user, caller.role.attribute].filter((name) => name !== ''));
      const lists = await Promise.all(
        [...names].map((name) => list(context, keys.userFunctions(name, 'allowed'))),
      );
      return { registeredFunctions: registered, allowedFunctions: [...new Set(lists.flat())] };
    },
  };
}

type Request = Parameters<Frontend['registerFunction']>[1] | Parameters<Frontend['updateFunction']>[1];

function writeFunction(
  tx: Transaction,
  caller: Caller,
  id: string,
  request: Request,
  before: FunctionRecord | undefined,
): void {
  const slot = ({
    name,
    description,
    optional,
  }: {
    name: string;
    description: string;
    optional: boolean;
  }) => ({ name, description, optional });
  const version = functionVersion(
    {
      name: request.name,
      description: request.description,
      executorType: request.executorType,
      arguments: request.arguments.map(({ key, defaultValue, allowOverwrite }) => ({
        key,
        defaultValue,
        allowOverwrite,
      })),
      inputs: request.inputs.map(slot),
      outputs: request.outputs.map(slot),
    },
    request.payload,
  );
  checkFunctionVersion(version);
  if (
    request.userAllowlist.length > limits.listEntries ||
    request.userAllowlist.some((name) => name.length > limits.userId)
  ) {
    throw refuse(
      'too-many-entries',
      `An allow-list has at most ${limits.listEntries} names of at most ${limits.userId} characters.`,
    );
  }
  const record: FunctionRecord = {
    id,
    owner: caller.id,
    version: functionVersionHash(version.definition),
    public: request.public,
    allowlist: [...new Set(request.userAllowlist)],
    disabled: false,
    quota: normalQuota(request.usageQuota),
  };
  if (before) unlist(tx, before);
  tx.put(keys.function(id), record);
  tx.put(keys.functionVersion(record.version), version);
  tx.mark(keys.userFunction(caller.id, 'registered', id));
  for (const name of record.allowlist) tx.mark(keys.userFunction(name, 'allowed', id));
  tx.event({
    type: before ? 'function-updated' : 'function-registered',
    function: id,
    version: record.version,
    by: caller.id,
  });
}

function unlist(tx: Transaction, record: FunctionRecord): void {
  tx.delete(keys.userFunction(record.owner, 'registered', record.id));
  for (const name of record.allowlist) tx.delete(keys.userFunction(name, 'allowed', record.id));
}

/** The last segments of all keys under a prefix. */
async function list({ store }: ManagementContext, prefix: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await store.scan(prefix, { limit: 1000, ...(cursor === undefined ? {} : { cursor }) });
    found.push(...page.entries.map(({ key }) => key.at(-1) as string));
    cursor = page.next;
    if (cursor === undefined) return found;
  }
}

/** Functions: register, update, read, list (contract 3.5). */
import { type frontend, type gaiwan, nameOf, type Subject } from '@gaiwan/protocol';
import type { Key, Store } from '@gaiwan/store';
import {
  disable,
  enable,
  type FunctionRecord,
  type FunctionRow,
  keys,
  type Role,
} from '../../domain/index.ts';
import type { Handlers } from '../../pipeline/handlers.ts';
import { command, query } from '../../pipeline/method.ts';
import { seesResults } from '../../pipeline/signatures.ts';
import { type CommandCall, type Resource, wholePlatform } from '../../pipeline/spec.ts';
import { usesOf } from '../../tasks/usage.ts';
import type { ManagementContext } from './context.ts';
import { findFunctions } from './find-functions.ts';
import { getFunctionCode, listFunctionVersions } from './function-code.ts';
import { pageOfFunctions } from './function-lists.ts';
import { attachFunctionMaterial, dropMaterials, getFunctionMaterial } from './function-materials.ts';
import {
  allowlistOf,
  type FunctionRequest,
  list,
  readRow,
  unlist,
  writeFunction,
} from './function-records.ts';
import { onFunction, onFunctionForUpdate } from './resources.ts';

type FunctionUpdate = FunctionRequest & { readonly functionId: string };
type Frontend = Handlers<typeof frontend.TeaclaveFrontend>;

/** Whose functions are listed; policies look at the caller's own role. */
interface UserList {
  readonly id: string;
  /** Absent: nobody has the name. */
  readonly subject?: Subject;
  readonly role: Role;
}

const onUserList: Resource<{ readonly userId: string }, UserList> = {
  load: async (read, { userId: id }, { role }) => {
    const subject = await read.subject(id);
    return { id, role, ...(subject && { subject }) };
  },
  facts: (list) => [{ type: 'Account', ...list }],
};

const registerFunction = <A extends string>(
  { ids, holdings }: ManagementContext,
  action: A,
  codeHidden: boolean,
) =>
  command({
    action,
    resource: wholePlatform,
    run: async (call: CommandCall<FunctionRequest, undefined>) => {
      const { caller, request } = call;
      const id = `function-${ids()}`;
      const version = await writeFunction(holdings, call, { id, owner: caller.subject, request, codeHidden });
      return {
        reply: { functionId: id },
        event: { type: 'function-registered', function: id, version },
      };
    },
  });

const updateFunction = <A extends string>({ holdings }: ManagementContext, action: A, codeHidden: boolean) =>
  command({
    action,
    resource: onFunctionForUpdate,
    run: async (call: CommandCall<FunctionUpdate, FunctionRecord>) => {
      const { tx, request, resource: before } = call;
      const { id, owner } = before;
      await unlist(tx, before);
      // An owner's new version lifts its own disabling, not an administrator's.
      const kept = before.disabledBy === 'administrator' && { disabledBy: before.disabledBy };
      const version = await writeFunction(holdings, call, {
        id,
        owner,
        request,
        before,
        codeHidden,
        ...kept,
      });
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
      owner: nameOf(record.owner),
      payload: whole ? payload : new Uint8Array(),
      public: record.public,
      arguments: definition.arguments.map((argument) => ({ ...argument })),
      inputs: definition.inputs.map((slot) => ({ ...slot })),
      outputs: definition.outputs.map((slot) => ({ ...slot })),
      userAllowlist: whole ? allowlistOf(record) : [],
    };
  },
});

const getFunctionUsageStats = ({ store }: ManagementContext): Frontend['getFunctionUsageStats'] =>
  query({
    action: 'GetFunctionUsageStats',
    resource: onFunction,
    run: async ({ resource: { id, quota } }) => ({
      functionQuota: quota,
      currentUsage: await usesOf(store, id),
    }),
  });

const deleteFunction = ({ holdings }: ManagementContext): Frontend['deleteFunction'] =>
  command({
    action: 'DeleteFunction',
    resource: onFunction,
    run: async ({ tx, read, resource: record }) => {
      await unlist(tx, record);
      const versions = [record.version, ...(record.formerVersions ?? []).map(({ version }) => version)];
      await dropMaterials(holdings, { tx, read }, record.id, versions);
      tx.delete(keys.everyFunction(record.id));
      tx.delete(keys.functionRow(record.id));
      tx.delete(keys.function(record.id));
      await holdings.release(tx, keys.function(record.id));
      return { reply: {}, event: { type: 'function-deleted', function: record.id } };
    },
  });

const disableFunction: Frontend['disableFunction'] = command({
  action: 'DisableFunction',
  resource: onFunction,
  run: async ({ tx, caller, resource: record }) => {
    const { id, owner } = record;
    const row = await readRow(tx, record);
    await unlist(tx, record);
    tx.put(keys.functionRow(id), { ...row, disabled: true } satisfies FunctionRow);
    const disabled = disable(record, owner === caller.subject ? 'owner' : 'administrator');
    tx.put(keys.function(id), disabled);
    return { reply: {}, event: { type: 'function-disabled', function: id, as: disabled.disabledBy } };
  },
});

/** gaiwan.v1.FunctionService: what Teaclave has no call for. */
export const functionServiceMethods = (
  context: ManagementContext,
): Handlers<typeof gaiwan.FunctionService> => ({
  registerHiddenFunction: registerFunction(context, 'RegisterHiddenFunction', true),
  updateHiddenFunction: updateFunction(context, 'UpdateHiddenFunction', true),
  getFunctionCode,
  listFunctionVersions,
  attachFunctionMaterial: attachFunctionMaterial(context),
  getFunctionMaterial,
  enableFunction: command({
    action: 'EnableFunction',
    resource: onFunction,
    run: async ({ tx, resource: record }) => {
      const enabled = enable(record);
      const row: FunctionRow = { ...(await readRow(tx, record)), disabled: false };
      tx.put(keys.function(record.id), enabled);
      tx.put(keys.functionRow(record.id), row);
      list(tx, enabled, row);
      return { reply: {}, event: { type: 'function-enabled', function: record.id } };
    },
  }),
  findFunctions: query({
    action: 'FindFunctions',
    resource: wholePlatform,
    run: async ({ caller, request }) => {
      const { rows, next } = await findFunctions(context.store, caller, request);
      const items = rows.map(({ id, owner, version, since, name, description, ...row }) => ({
        functionId: id,
        name,
        owner: nameOf(owner),
        version: Buffer.from(version, 'hex'),
        description,
        public: row.public,
        executorType: row.executorType,
        disabled: row.disabled,
        since: BigInt(since ?? 0),
      }));
      return { items, nextPageToken: next };
    },
  }),
  listFunctionIds: query({
    action: 'ListFunctionIds',
    resource: onUserList,
    run: async ({ caller, request, resource: { subject } }) => {
      const { rows, next } = await pageOfFunctions(context.store, caller, subject, request);
      return { functionIds: rows, nextPageToken: next };
    },
  }),
});

const listFunctions = ({ store }: ManagementContext): Frontend['listFunctions'] =>
  query({
    action: 'ListFunctions',
    resource: onUserList,
    run: async ({ caller, resource: { subject } }) => {
      const registeredFunctions = subject
        ? await lastSegments(store, keys.userFunctions(subject, 'registered'))
        : [];
      if (caller.role.name === 'PlatformAdmin')
        return { registeredFunctions, allowedFunctions: await lastSegments(store, keys.everyFunctions()) };
      // Whoever is no administrator lists its own.
      const group = caller.role.attribute;
      const lists = await Promise.all([
        lastSegments(store, keys.userFunctions(caller.subject, 'allowed')),
        ...(group === '' ? [] : [lastSegments(store, keys.groupFunctions(group))]),
      ]);
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
  registerFunction: registerFunction(context, 'RegisterFunction', false),
  updateFunction: updateFunction(context, 'UpdateFunction', false),
  getFunction,
  getFunctionUsageStats: getFunctionUsageStats(context),
  deleteFunction: deleteFunction(context),
  disableFunction,
  listFunctions: listFunctions(context),
});

/** The last segments of all keys under a prefix. */
async function lastSegments(store: Store, prefix: Key): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of store.entries(prefix)) found.push(...key.slice(-1));
  return found;
}

/** Who may call what: each role and each method of Teaclave's contract. */
import type { JsonObject } from '@bufbuild/protobuf';

export const roles = ['PlatformAdmin', 'FunctionOwner', 'DataOwnerManager', 'DataOwner'] as const;
export type Role = (typeof roles)[number];

const all: readonly Role[] = roles;
const owners: readonly Role[] = ['PlatformAdmin', 'FunctionOwner'];
const parties: readonly Role[] = ['PlatformAdmin', 'DataOwnerManager', 'DataOwner'];
/** A private function's owner takes part in its tasks, which with Teaclave it could not approve: so nobody could run them. */
const participants: readonly Role[] = roles;
const administrator: readonly Role[] = ['PlatformAdmin'];

/** What a role that may call a method is answered to a request that names nothing there is. `OK`: it is done. */
const OK = { code: 0, text: '' };
const badUrl = { code: 13, text: 'RelativeUrlWithoutBase' };
const noTask = { code: 3, text: 'invalid task id' };
const noFunction = { code: 3, text: 'invalid function id' };
const noData = { code: 3, text: 'invalid data id' };
const badId = { code: 13, text: 'Invalid external id: x' };
const denied = { code: 7, text: 'permission denied' };

export interface RoleRow {
  readonly method: string;
  readonly allowed: readonly Role[];
  readonly request: JsonObject;
  readonly answer: { readonly code: number; readonly text: string };
}

const functionRequest = { name: 'f', executorType: 'builtin', public: true };

/** Whoever is not allowed gets `7 permission denied`, whatever the request. */
export const roleRows: readonly RoleRow[] = [
  { method: 'RegisterFunction', allowed: owners, request: functionRequest, answer: OK },
  { method: 'UpdateFunction', allowed: owners, request: { functionId: 'x' }, answer: badId },
  { method: 'DeleteFunction', allowed: owners, request: { functionId: 'x' }, answer: noFunction },
  { method: 'DisableFunction', allowed: owners, request: { functionId: 'x' }, answer: noFunction },
  { method: 'GetFunction', allowed: all, request: { functionId: 'x' }, answer: noFunction },
  { method: 'GetFunctionUsageStats', allowed: all, request: { functionId: 'x' }, answer: noFunction },
  { method: 'RegisterInputFile', allowed: parties, request: { url: 'x' }, answer: badUrl },
  { method: 'RegisterOutputFile', allowed: parties, request: { url: 'x' }, answer: badUrl },
  { method: 'UpdateInputFile', allowed: parties, request: { dataId: 'x' }, answer: badId },
  { method: 'UpdateOutputFile', allowed: parties, request: { dataId: 'x' }, answer: badId },
  { method: 'RegisterFusionOutput', allowed: parties, request: {}, answer: denied },
  { method: 'RegisterInputFromOutput', allowed: parties, request: { dataId: 'x' }, answer: noData },
  { method: 'GetInputFile', allowed: parties, request: { dataId: 'x' }, answer: noData },
  { method: 'GetOutputFile', allowed: parties, request: { dataId: 'x' }, answer: noData },
  { method: 'CreateTask', allowed: parties, request: { functionId: 'x' }, answer: noFunction },
  { method: 'GetTask', allowed: participants, request: { taskId: 'x' }, answer: noTask },
  { method: 'AssignData', allowed: parties, request: { taskId: 'x' }, answer: noTask },
  { method: 'ApproveTask', allowed: participants, request: { taskId: 'x' }, answer: noTask },
  { method: 'InvokeTask', allowed: parties, request: { taskId: 'x' }, answer: noTask },
  { method: 'CancelTask', allowed: parties, request: { taskId: 'x' }, answer: noTask },
  { method: 'QueryAuditLogs', allowed: administrator, request: { query: '*', limit: '1' }, answer: OK },
];

/** The lists of functions: everybody's own, and an administrator's of everybody. */
export const listRow = { method: 'ListFunctions', own: all, others: administrator } as const;

/** Whom a role may register: a manager those of its own group alone, a function owner managers of groups that it makes. */
export const registering: Readonly<Record<Role, readonly Role[]>> = {
  PlatformAdmin: roles,
  FunctionOwner: ['DataOwnerManager'],
  DataOwnerManager: ['DataOwner'],
  DataOwner: [],
};

/** Whose password a role may set anew, and whom it may delete: nobody an administrator, a manager those of its group whom it has registered. */
export const managing: Readonly<Record<Role, readonly Role[]>> = {
  PlatformAdmin: ['FunctionOwner', 'DataOwnerManager', 'DataOwner'],
  FunctionOwner: [],
  DataOwnerManager: ['DataOwner'],
  DataOwner: [],
};

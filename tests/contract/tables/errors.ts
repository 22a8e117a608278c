/** What is answered to what cannot be done: Teaclave's codes and texts, and our code in the detail. */
import type { JsonObject } from '@bufbuild/protobuf';
import type { Service } from '../support/driver.ts';

/** What a platform has when these calls come. */
export interface Given {
  /** Of DataOwners of one group. */
  readonly ann: string;
  readonly ben: string;
  /** A public function with the argument `message`, which needs the input `data`; `fixed` is its owner's. */
  readonly function: string;
  /** A function that may run once, and a task of ann's with it that is to be the second. */
  readonly usedUp: string;
  /** Of ann. */
  readonly input: string;
  readonly output: string;
  /** Of ann and ben. */
  readonly fusion: string;
  /** Of ann alone, with nothing assigned. */
  readonly task: string;
}

export interface ErrorRow {
  readonly what: string;
  readonly by: 'admin' | 'owner' | 'ann' | 'ben';
  readonly service?: Service;
  readonly method: string;
  readonly request: (given: Given) => JsonObject;
  /** In place of the caller's own. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly code: number;
  readonly text: string;
  readonly detail: string;
}

const bytes = (length: number) => Buffer.alloc(length, 7).toString('base64');
const UNKNOWN = '00000000-0000-4000-8000-000000000000';
const gcm128 = { schema: 'aes-gcm-128', key: bytes(16), iv: bytes(12) };
const inputFile = { url: 'data:text/plain;base64,aGVsbG8=', cmac: bytes(16), cryptoInfo: gcm128 };
const input = (change: JsonObject) => (): JsonObject => ({ ...inputFile, ...change });
const crypto = (change: JsonObject) => input({ cryptoInfo: { ...gcm128, ...change } });
const task = (change: JsonObject, args: JsonObject | string = { message: 'x' }) => ({
  function: functionId,
  ann,
}: Given): JsonObject => ({
  functionId,
  functionArguments: typeof args === 'string' ? args : JSON.stringify(args),
  executor: 'builtin',
  inputsOwnership: [{ dataName: 'data', uids: [ann] }],
  ...change,
});
const auth = { service: 'TeaclaveAuthenticationApi' } as const;
const UNAUTHENTICATED = { code: 16 } as const;
const refusedInput = { by: 'ann', method: 'RegisterInputFile', code: 13 } as const;
const newTask = { by: 'ann', method: 'CreateTask' } as const;
const invalidTask = { ...newTask, code: 3, text: 'invalid task' } as const;

export const errorRows: readonly ErrorRow[] = [
  // Accounts.
  { what: 'a wrong password', by: 'ann', ...auth, method: 'UserLogin', request: ({ ann }) => ({ id: ann, password: 'wrong' }), ...UNAUTHENTICATED, text: 'authentication failed', detail: 'authentication-failed' },
  { what: 'a login of nobody', by: 'ann', ...auth, method: 'UserLogin', request: () => ({ id: 'nobody', password: 'x' }), ...UNAUTHENTICATED, text: 'authentication failed', detail: 'authentication-failed' },
  { what: 'an empty password', by: 'ann', ...auth, method: 'UserLogin', request: ({ ann }) => ({ id: ann }), ...UNAUTHENTICATED, text: 'authentication failed', detail: 'authentication-failed' },
  { what: 'a call without an id', by: 'admin', ...auth, method: 'ListUsers', request: () => ({ id: 'x' }), metadata: {}, ...UNAUTHENTICATED, text: 'missing user id', detail: 'missing-user-id' },
  { what: 'a call without a token', by: 'admin', ...auth, method: 'ListUsers', request: () => ({ id: 'x' }), metadata: { id: 'admin' }, ...UNAUTHENTICATED, text: 'missing token', detail: 'missing-token' },
  { what: 'a token that is none', by: 'admin', ...auth, method: 'ListUsers', request: () => ({ id: 'x' }), metadata: { id: 'admin', token: 'x.y.z' }, ...UNAUTHENTICATED, text: 'authentication failed', detail: 'authentication-failed' },
  { what: 'a user without an id', by: 'admin', ...auth, method: 'UserRegister', request: () => ({ password: 'x', role: 'FunctionOwner' }), ...UNAUTHENTICATED, text: 'invalid user id', detail: 'bad-user-id' },
  { what: 'a user who is there', by: 'admin', ...auth, method: 'UserRegister', request: ({ ann }) => ({ id: ann, password: 'x', role: 'FunctionOwner' }), ...UNAUTHENTICATED, text: 'user id exist', detail: 'user-exists' },
  { what: 'a role that is none', by: 'admin', ...auth, method: 'UserRegister', request: () => ({ id: 'somebody', password: 'x', role: 'King' }), ...UNAUTHENTICATED, text: 'invalid role', detail: 'bad-role' },
  { what: 'an update of nobody', by: 'admin', ...auth, method: 'UserUpdate', request: () => ({ id: 'nobody', password: 'x', role: 'FunctionOwner' }), ...UNAUTHENTICATED, text: 'invalid user id', detail: 'unknown-user' },
  { what: 'a new password for nobody', by: 'admin', ...auth, method: 'ResetUserPassword', request: () => ({ id: 'nobody' }), ...UNAUTHENTICATED, text: 'permission denied', detail: 'user-access-denied' },
  { what: 'a deletion of nobody', by: 'admin', ...auth, method: 'DeleteUser', request: () => ({ id: 'nobody' }), ...UNAUTHENTICATED, text: 'permission denied', detail: 'user-access-denied' },
  { what: 'a list of no group', by: 'owner', ...auth, method: 'ListUsers', request: () => ({}), ...UNAUTHENTICATED, text: 'invalid user id', detail: 'bad-user-id' },
  // Credentials at the frontend.
  { what: 'a call without an id', by: 'ann', method: 'GetTask', request: () => ({ taskId: 'x' }), metadata: {}, ...UNAUTHENTICATED, text: 'missing user id', detail: 'missing-user-id' },
  { what: 'a call without a token', by: 'ann', method: 'GetTask', request: () => ({ taskId: 'x' }), metadata: { id: 'x' }, ...UNAUTHENTICATED, text: 'missing token', detail: 'missing-token' },
  { what: 'a token that is none', by: 'ann', method: 'GetTask', request: () => ({ taskId: 'x' }), metadata: { id: 'x', token: 'x.y.z' }, ...UNAUTHENTICATED, text: 'incorrent credential', detail: 'credentials-refused' },
  // Files.
  { what: 'a URL without a scheme', ...refusedInput, request: input({ url: 'some/path' }), text: 'RelativeUrlWithoutBase', detail: 'bad-url' },
  { what: 'a URL without a host', ...refusedInput, request: input({ url: 'https://' }), text: 'EmptyHost', detail: 'bad-url' },
  { what: 'a short cmac', ...refusedInput, request: input({ cmac: bytes(15) }), text: 'Invalid length', detail: 'bad-tag-length' },
  { what: 'no crypto_info', ...refusedInput, request: () => ({ url: inputFile.url, cmac: inputFile.cmac }), text: '"missing crypto_info"', detail: 'missing-crypto-info' },
  { what: 'an unknown schema', ...refusedInput, request: crypto({ schema: 'rot13' }), text: 'Invalid crypto schema: rot13', detail: 'bad-scheme' },
  { what: 'a schema that is quoted in the middle of a character', ...refusedInput, request: crypto({ schema: `${'x'.repeat(79)}😀` }), text: `Invalid crypto schema: ${'x'.repeat(79)}\uFFFD`, detail: 'bad-scheme' },
  { what: 'a long key', ...refusedInput, request: crypto({ key: bytes(17) }), text: 'Invalid key length for AesGcm128: 17', detail: 'bad-key-length' },
  { what: 'a short IV', ...refusedInput, request: crypto({ iv: bytes(11) }), text: 'Invalid iv length for AesGcm128: 11', detail: 'bad-iv-length' },
  { what: 'a short key of 256 bits', ...refusedInput, request: crypto({ schema: 'aes-gcm-256' }), text: 'Invalid key length for AesGcm256: 16', detail: 'bad-key-length' },
  { what: 'an IV of the wrong length beside one', ...refusedInput, request: crypto({ schema: 'aes-gcm-256', key: bytes(32), iv: '' }), text: 'Invalid iv length for AesGcm256: 0', detail: 'bad-iv-length' },
  { what: 'a short key of a protected file', ...refusedInput, request: crypto({ schema: 'teaclave-file-128', key: bytes(3), iv: '' }), text: 'Invalid key length for teaclave_file_128: 3', detail: 'bad-key-length' },
  { what: 'an IV of a protected file', ...refusedInput, request: crypto({ schema: 'teaclave-file-128' }), text: 'IV is not empty for teaclave_file_128', detail: 'bad-iv-length' },
  { what: 'an update of what has no id', by: 'ann', method: 'UpdateInputFile', request: () => ({ dataId: 'x', url: 'https://a/b' }), code: 13, text: 'Invalid external id: x', detail: 'bad-id' },
  { what: 'an update of an output as an input', by: 'ann', method: 'UpdateInputFile', request: ({ output }) => ({ dataId: output, url: 'https://a/b' }), code: 13, text: 'Invalid external id: $output', detail: 'bad-id' },
  { what: 'an update of what is not there', by: 'ann', method: 'UpdateOutputFile', request: () => ({ dataId: `output-${UNKNOWN}`, url: 'https://a/b' }), code: 3, text: 'invalid data id', detail: 'unknown-data' },
  { what: 'an update of what two own', by: 'ann', method: 'UpdateOutputFile', request: ({ fusion }) => ({ dataId: fusion, url: 'https://a/b' }), code: 7, text: 'permission denied', detail: 'access-denied' },
  { what: 'a look at somebody else’s file', by: 'ben', method: 'GetInputFile', request: ({ input: dataId }) => ({ dataId }), code: 7, text: 'permission denied', detail: 'access-denied' },
  { what: 'an administrator’s look at a file', by: 'admin', method: 'GetOutputFile', request: ({ output: dataId }) => ({ dataId }), code: 7, text: 'permission denied', detail: 'access-denied' },
  { what: 'a file that is not there', by: 'ann', method: 'GetOutputFile', request: () => ({ dataId: `output-${UNKNOWN}` }), code: 3, text: 'invalid data id', detail: 'unknown-data' },
  { what: 'a fusion output of one owner', by: 'ann', method: 'RegisterFusionOutput', request: ({ ann }) => ({ ownerList: [ann] }), code: 7, text: 'permission denied', detail: 'too-few-owners' },
  { what: 'a fusion output of others', by: 'admin', method: 'RegisterFusionOutput', request: ({ ann, ben }) => ({ ownerList: [ann, ben] }), code: 7, text: 'permission denied', detail: 'access-denied' },
  { what: 'an input from an output that nothing has written', by: 'ann', method: 'RegisterInputFromOutput', request: ({ output: dataId }) => ({ dataId }), code: 3, text: 'invalid output file', detail: 'output-not-written' },
  { what: 'an input from somebody else’s output', by: 'ben', method: 'RegisterInputFromOutput', request: ({ output: dataId }) => ({ dataId }), code: 7, text: 'permission denied', detail: 'access-denied' },
  // Functions.
  { what: 'an executor type that is none', by: 'owner', method: 'RegisterFunction', request: () => ({ name: 'f', executorType: 'cobol' }), code: 13, text: 'Invalid executor type: cobol', detail: 'bad-executor-type' },
  { what: 'an update of what has no id', by: 'owner', method: 'UpdateFunction', request: () => ({ functionId: 'x' }), code: 13, text: 'Invalid external id: x', detail: 'bad-id' },
  { what: 'an update of somebody else’s function', by: 'admin', method: 'UpdateFunction', request: ({ function: functionId }) => ({ functionId, name: 'f', executorType: 'builtin' }), code: 7, text: 'permission denied', detail: 'access-denied' },
  { what: 'a deletion of somebody else’s function', by: 'admin', method: 'DeleteFunction', request: ({ function: functionId }) => ({ functionId }), code: 7, text: 'permission denied', detail: 'access-denied' },
  { what: 'a function that is not there', by: 'ann', method: 'GetFunction', request: () => ({ functionId: `function-${UNKNOWN}` }), code: 3, text: 'invalid function id', detail: 'unknown-function' },
  { what: 'somebody else’s list of functions', by: 'ann', method: 'ListFunctions', request: ({ ben }) => ({ userId: ben }), code: 7, text: 'permission denied', detail: 'access-denied' },
  // Tasks.
  { what: 'a task of a function that is not there', ...newTask, request: task({ functionId: `function-${UNKNOWN}` }), code: 3, text: 'invalid function id', detail: 'unknown-function' },
  { what: 'an executor that is none', ...newTask, request: task({ executor: 'docker' }), code: 13, text: 'Unsupported executor: docker', detail: 'bad-executor' },
  { what: 'arguments that are no JSON', ...newTask, request: task({}, '{"message":'), code: 13, text: 'Cannot convert to function arguments', detail: 'bad-arguments' },
  { what: 'arguments that are no object', ...newTask, request: task({}, '["message"]'), code: 13, text: 'Cannot convert to function arguments', detail: 'bad-arguments' },
  { what: 'no arguments at all', ...newTask, request: task({}, ''), code: 13, text: 'Cannot convert to function arguments', detail: 'bad-arguments' },
  { what: 'a missing argument', ...invalidTask, request: task({}, {}), detail: 'arguments-mismatch' },
  { what: 'an argument too much', ...invalidTask, request: task({}, { message: 'x', more: 1 }), detail: 'arguments-mismatch' },
  { what: 'an argument that is its owner’s', ...invalidTask, request: task({}, { message: 'x', fixed: 'y' }), detail: 'arguments-mismatch' },
  { what: 'a missing input', ...invalidTask, request: task({ inputsOwnership: [] }), detail: 'slots-mismatch' },
  { what: 'an output too much', ...invalidTask, request: (given) => task({ outputsOwnership: [{ dataName: 'more', uids: [given.ann] }] })(given), detail: 'slots-mismatch' },
  { what: 'a task that is not there', by: 'ann', method: 'InvokeTask', request: () => ({ taskId: `task-${UNKNOWN}` }), code: 3, text: 'invalid task id', detail: 'unknown-task' },
  { what: 'a look at somebody else’s task', by: 'ben', method: 'GetTask', request: ({ task: taskId }) => ({ taskId }), code: 7, text: 'permission denied', detail: 'access-denied' },
  { what: 'an administrator’s look at a task', by: 'admin', method: 'GetTask', request: ({ task: taskId }) => ({ taskId }), code: 7, text: 'permission denied', detail: 'access-denied' },
  { what: 'data for somebody else’s task', by: 'ben', method: 'AssignData', request: ({ task: taskId }) => ({ taskId }), code: 7, text: 'permission denied', detail: 'access-denied' },
  { what: 'an approval of somebody else’s task', by: 'ben', method: 'ApproveTask', request: ({ task: taskId }) => ({ taskId }), code: 7, text: 'permission denied', detail: 'access-denied' },
  { what: 'an invocation of somebody else’s task', by: 'ben', method: 'InvokeTask', request: ({ task: taskId }) => ({ taskId }), code: 7, text: 'permission denied', detail: 'access-denied' },
  { what: 'a cancellation of somebody else’s task', by: 'ben', method: 'CancelTask', request: ({ task: taskId }) => ({ taskId }), code: 7, text: 'permission denied', detail: 'access-denied' },
  { what: 'data without an id', by: 'ann', method: 'AssignData', request: ({ task: taskId }) => ({ taskId, inputs: [{ dataName: 'data', dataId: 'x' }] }), code: 13, text: 'Invalid external id: x', detail: 'bad-id' },
  { what: 'data that are not there', by: 'ann', method: 'AssignData', request: ({ task: taskId }) => ({ taskId, inputs: [{ dataName: 'data', dataId: `input-${UNKNOWN}` }] }), code: 3, text: 'invalid data id', detail: 'unknown-data' },
  { what: 'data for an input that nobody declared', by: 'ann', method: 'AssignData', request: ({ task: taskId, input: dataId }) => ({ taskId, inputs: [{ dataName: 'other', dataId }] }), code: 7, text: 'permission denied', detail: 'unknown-slot' },
  { what: 'an invocation without data', by: 'ann', method: 'InvokeTask', request: ({ task: taskId }) => ({ taskId }), code: 2, text: 'failed to invoke task', detail: 'data-missing' },
  { what: 'an invocation of a function that is used up', by: 'ann', method: 'InvokeTask', request: ({ usedUp: taskId }) => ({ taskId }), code: 2, text: 'function quota has been used up', detail: 'quota-used-up' },
  // The audit log.
  { what: 'a query that cannot be read', by: 'admin', method: 'QueryAuditLogs', request: () => ({ query: '(', limit: '1' }), code: 2, text: 'audit log error, reason: …', detail: 'bad-audit-query' },
];

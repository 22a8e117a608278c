/**
 * For each public method: what it wants of an account that holds a key. A session token alone lists and watches; whatever acts, or
 * shows what only the account may read, wants the key. Accounts without a key are asked for nothing of this.
 */

export type MethodAuthority =
  /** `object`: the request's field that names what the call is about. `digest`: the field that stands for the request's hash. */
  | { readonly signature: 'required'; readonly object?: string; readonly digest?: string }
  /** Answers without one as well, but keeps back results, logs and code. */
  | { readonly signature: 'for results'; readonly object: string }
  /** Refused, signed or not. */
  | { readonly signature: 'refused'; readonly because: string }
  | { readonly signature: 'none'; readonly because: string };

const required = (object?: string): MethodAuthority => ({
  signature: 'required',
  ...(object !== undefined && { object }),
});
const forResults = (object: string): MethodAuthority => ({ signature: 'for results', object });
const none = (because: string): MethodAuthority => ({ signature: 'none', because });

const LISTS = 'it lists, and shows nothing that was computed';

export const signedMethods = {
  RegisterInputFile: required(),
  UpdateInputFile: required('dataId'),
  RegisterOutputFile: required(),
  UpdateOutputFile: required('dataId'),
  RegisterFusionOutput: required(),
  RegisterInputFromOutput: required('dataId'),
  GetOutputFile: none(LISTS),
  GetInputFile: none(LISTS),

  RegisterFunction: required(),
  UpdateFunction: required('functionId'),
  DeleteFunction: required('functionId'),
  DisableFunction: required('functionId'),
  EnableFunction: required('functionId'),
  GetFunction: forResults('functionId'),
  GetFunctionUsageStats: none(LISTS),
  ListFunctions: none(LISTS),
  ListFunctionIds: none(LISTS),
  RegisterHiddenFunction: required(),
  UpdateHiddenFunction: required('functionId'),
  GetFunctionCode: forResults('functionId'),
  ListFunctionVersions: none(LISTS),
  AttachFunctionMaterial: required('functionId'),
  GetFunctionMaterial: forResults('functionId'),
  FindFunctions: none(LISTS),

  CreateTask: required('functionId'),
  AssignData: required('taskId'),
  ReplaceData: required('taskId'),
  SetTaskOptions: required('taskId'),
  ApproveTask: {
    signature: 'refused',
    because: 'it names no manifest, so a signature of it would approve whatever the task is by then',
  },
  ApproveManifest: { signature: 'required', object: 'taskId', digest: 'digest' },
  InvokeTask: required('taskId'),
  CancelTask: required('taskId'),
  GetTask: forResults('taskId'),
  WatchTask: forResults('taskId'),
  GetTaskReport: required('taskId'),
  GetManifest: none('it shows what is to be approved'),
  GetTaskCode: forResults('taskId'),
  GetTaskMaterial: forResults('taskId'),
  ListTasks: none(LISTS),
  ExplainTask: forResults('taskId'),
  DeclineTask: required('taskId'),
  DeleteTask: required('taskId'),

  ProposeAgreement: required('taskId'),
  GetAgreement: none('it shows what is to be approved'),
  ListAgreements: none(LISTS),
  ApproveAgreement: { signature: 'required', object: 'agreementId', digest: 'digest' },
  RevokeAgreement: required('agreementId'),
  ApplyAgreement: required('taskId'),

  CreateUpload: required(),
  ResumeUpload: required(),
  DiscardUpload: required(),
  CreateOutput: required(),
  CreateDownload: required('dataId'),
  ListData: none(LISTS),
  DeleteData: required('dataId'),
  GetStorageUse: none(LISTS),
  SetStorageQuota: required(),

  UserRegister: required('id'),
  UserUpdate: required('id'),
  UserChangePassword: required(),
  ResetUserPassword: required('id'),
  DeleteUser: required('id'),
  ListUsers: none(LISTS),
  ListUserIds: none(LISTS),
  FindUsers: none(LISTS),
  QueryAuditLogs: none(LISTS),

  GetAccount: none('whoever signs must know the instance and the subject first'),
  RegisterKey: none('it is for accounts that have had no key, and is refused to every other'),
  RotateKey: required(),
  RecoverKey: none('the recovery code stands for the key that is lost'),
  SetAccountPreferences: required(),
} as const satisfies Readonly<Record<string, MethodAuthority>>;

export type SignedMethod = keyof typeof signedMethods;

/** Undefined for a method that is not in the table: refuse it. */
export const authorityOfMethod = (name: string): MethodAuthority | undefined =>
  Object.hasOwn(signedMethods, name) ? signedMethods[name as SignedMethod] : undefined;

/** The parts of a statement that a call has: `hash` is the SHA-256 (hex) of the request's bytes. */
export function statedOf(
  authority: Extract<MethodAuthority, { readonly signature: 'required' | 'for results' }>,
  request: object,
  hash: () => string,
): { readonly object: string; readonly digest: string } {
  const fields = request as Readonly<Record<string, unknown>>;
  const named = authority.object === undefined ? '' : fields[authority.object];
  const digest =
    'digest' in authority && authority.digest !== undefined ? fields[authority.digest] : undefined;
  return {
    object: typeof named === 'string' ? named : '',
    digest:
      digest instanceof Uint8Array
        ? Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
        : hash(),
  };
}

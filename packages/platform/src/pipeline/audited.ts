/** For each public method: how the audit log gets its entry. Refusals of every method that asks who calls are in it, too. */

export type Audited =
  /** Done and logged in one commit, or neither. */
  | 'in its commit'
  /** It gives out content, or a right to it: answered once the entry is on the disk. */
  | 'before its answer'
  /** Within some tens of milliseconds; a crash may take it away. */
  | 'soon'
  /** The same, beginning with its first answer. */
  | 'soon after its first answer'
  /** Nobody is asked who calls. */
  | { readonly never: string };

const SERVICES = { never: 'its callers are services and workers, judged by their evidence' } as const;
const EVIDENCE = { never: 'whoever connects may ask before it says who it is' } as const;

export const auditedMethods = {
  RegisterInputFile: 'in its commit',
  UpdateInputFile: 'in its commit',
  RegisterOutputFile: 'in its commit',
  UpdateOutputFile: 'in its commit',
  RegisterFusionOutput: 'in its commit',
  RegisterInputFromOutput: 'in its commit',
  GetOutputFile: 'soon',
  GetInputFile: 'soon',

  RegisterFunction: 'in its commit',
  UpdateFunction: 'in its commit',
  DeleteFunction: 'in its commit',
  DisableFunction: 'in its commit',
  EnableFunction: 'in its commit',
  GetFunction: 'before its answer',
  GetFunctionUsageStats: 'soon',
  ListFunctions: 'soon',
  ListFunctionIds: 'soon',
  FindFunctions: 'soon',
  RegisterHiddenFunction: 'in its commit',
  UpdateHiddenFunction: 'in its commit',
  GetFunctionCode: 'before its answer',
  ListFunctionVersions: 'soon',
  AttachFunctionMaterial: 'in its commit',
  GetFunctionMaterial: 'before its answer',

  CreateTask: 'in its commit',
  AssignData: 'in its commit',
  ReplaceData: 'in its commit',
  SetTaskOptions: 'in its commit',
  ApproveTask: 'in its commit',
  ApproveManifest: 'in its commit',
  InvokeTask: 'in its commit',
  CancelTask: 'in its commit',
  GetTask: 'soon',
  WatchTask: 'soon after its first answer',
  GetTaskReport: 'before its answer',
  GetManifest: 'soon',
  GetTaskCode: 'before its answer',
  GetTaskMaterial: 'before its answer',
  ListTasks: 'soon',
  ExplainTask: 'soon',
  DeclineTask: 'in its commit',
  DeleteTask: 'in its commit',

  ProposeAgreement: 'in its commit',
  ApproveAgreement: 'in its commit',
  RevokeAgreement: 'in its commit',
  ApplyAgreement: 'in its commit',
  GetAgreement: 'soon',
  ListAgreements: 'soon',

  CreateUpload: 'in its commit',
  ResumeUpload: 'before its answer',
  CreateOutput: 'in its commit',
  CreateDownload: 'before its answer',
  ListData: 'soon',
  DiscardUpload: 'in its commit',
  DeleteData: 'in its commit',

  UserLogin: 'before its answer',
  UserRegister: 'in its commit',
  UserUpdate: 'in its commit',
  UserChangePassword: 'in its commit',
  ResetUserPassword: 'in its commit',
  DeleteUser: 'in its commit',
  ListUsers: 'soon',
  ListUserIds: 'soon',
  FindUsers: 'soon',

  GetStorageUse: 'soon',
  SetStorageQuota: 'in its commit',

  GetAccount: 'soon',
  RegisterKey: 'in its commit',
  RotateKey: 'in its commit',
  RecoverKey: 'in its commit',
  SetAccountPreferences: 'in its commit',

  QueryAuditLogs: 'before its answer',

  GetEvidence: EVIDENCE,
  GetConnectionEvidence: EVIDENCE,
  GetState: EVIDENCE,
  Attach: SERVICES,
  Get: SERVICES,
  Put: SERVICES,
  Delete: SERVICES,
  Enqueue: SERVICES,
  Dequeue: SERVICES,
  GetKeysByPrefix: SERVICES,
} as const satisfies Readonly<Record<string, Audited>>;

/** Must an answer wait for the entry? Of a method that is not in the table, it must. */
export const isAuditedFirst = (action: string): boolean =>
  !Object.hasOwn(auditedMethods, action) ||
  auditedMethods[action as keyof typeof auditedMethods] === 'before its answer';

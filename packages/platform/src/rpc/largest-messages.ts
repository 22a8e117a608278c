/** The largest request of each method, by its name. A method that is not in the table is not served. */
import { limits } from '../limits.ts';

const small = limits.smallMessage.value;
const most = limits.message.value;
const assignment = limits.assignmentMessage.value;
const large = limits.largeMessage.value;
const service = limits.serviceMessage.value;

const largest = {
  // Before anybody has said who it is.
  UserLogin: small,
  GetEvidence: small,
  GetConnectionEvidence: small,
  GetState: small,

  UserRegister: most,
  UserUpdate: most,
  UserChangePassword: most,
  ResetUserPassword: most,
  DeleteUser: most,
  ListUsers: most,
  ListUserIds: most,
  FindUsers: most,
  GetStorageUse: most,
  SetStorageQuota: most,
  GetAccount: most,
  RegisterKey: most,
  RotateKey: most,
  RecoverKey: most,
  SetAccountPreferences: most,

  RegisterInputFile: large,
  UpdateInputFile: large,
  RegisterOutputFile: most,
  UpdateOutputFile: most,
  RegisterFusionOutput: most,
  RegisterInputFromOutput: most,
  GetOutputFile: most,
  GetInputFile: most,
  CreateUpload: most,
  ResumeUpload: most,
  CreateOutput: most,
  CreateDownload: most,
  ListData: most,
  DiscardUpload: most,
  DeleteData: most,

  RegisterFunction: large,
  UpdateFunction: large,
  DeleteFunction: most,
  DisableFunction: most,
  EnableFunction: most,
  GetFunction: most,
  GetFunctionUsageStats: most,
  ListFunctions: most,
  ListFunctionIds: most,
  FindFunctions: most,
  RegisterHiddenFunction: large,
  UpdateHiddenFunction: large,
  GetFunctionCode: most,
  ListFunctionVersions: most,
  AttachFunctionMaterial: large,
  GetFunctionMaterial: most,

  CreateTask: limits.taskMessage.value,
  AssignData: assignment,
  ReplaceData: assignment,
  SetTaskOptions: most,
  ApproveTask: most,
  ApproveManifest: most,
  InvokeTask: most,
  CancelTask: most,
  GetTask: most,
  WatchTask: most,
  GetTaskReport: most,
  GetManifest: most,
  GetTaskCode: most,
  GetTaskMaterial: most,
  ListTasks: most,
  ExplainTask: most,
  DeclineTask: most,
  DeleteTask: most,
  ProposeAgreement: most,
  GetAgreement: most,
  ListAgreements: most,
  ApproveAgreement: most,
  RevokeAgreement: most,
  ApplyAgreement: most,
  QueryAuditLogs: most,

  // Among services, which have attested themselves.
  Attach: service,
  Get: service,
  Put: service,
  Delete: service,
  Enqueue: service,
  Dequeue: service,
  GetKeysByPrefix: service,
} as const satisfies Readonly<Record<string, number>>;

/**
 * Bytes of a method's largest request; `name` as its descriptor has it, "UserLogin".
 *
 * @throws TypeError for a method that nobody has said it of: at the start, before anything is served
 */
export function largestMessageOf(name: string): number {
  if (!Object.hasOwn(largest, name)) throw new TypeError(`${name} has no largest message`);
  // The line above is what the compiler cannot see.
  return largest[name as keyof typeof largest];
}

/** All methods that have one. */
export const methodsWithLargestMessage: readonly string[] = Object.keys(largest);

/** What an attacker asks of each public method, about each thing of a bank's that it can name. In the order in which it asks: what ends or changes something comes last. */
import type { SignedMethod } from '@gaiwan/protocol';
import { TestKey } from '../../../packages/platform/src/testing/keys.ts';
import type { Bank } from './bank.ts';

export type Request = Readonly<Record<string, unknown>>;

/** What an attacker has come by meanwhile. */
export interface Loot {
  /** A task of its own making that names the bank as an owner. */
  taskId: string;
  /** Of an upload of its own. */
  capability: string;
  /** A function that anybody may use, which gives away what it reads. */
  readonly thiefId: string;
}

/** Methods without a session behind them, beside those that keys know of. */
export type Method = SignedMethod | 'UserLogin' | 'GetEvidence' | 'GetConnectionEvidence' | 'GetState';

const cryptoInfo = { schema: 'aes-gcm-256', key: new Uint8Array(32).fill(7), iv: new Uint8Array(12).fill(7) };
const slots = (owner: string) => ({
  inputsOwnership: [
    { dataName: 'data', uids: [owner] },
    { dataName: 'more', uids: [owner] },
  ],
  outputsOwnership: [{ dataName: 'out', uids: [owner] }],
});
const taking = (bank: Bank) => ({
  inputs: [{ dataName: 'data', dataId: bank.inputId }],
  outputs: [{ dataName: 'out', dataId: bank.outputId }],
});
const proof = `1.${'0'.repeat(32)}.${'0'.repeat(128)}`;

type Table = Readonly<Record<Method, readonly Request[]>>;

/** Reading. */
const reads = (bank: Bank, everyTask: readonly Request[]) =>
  ({
    GetEvidence: [{ nonce: new Uint8Array(32) }],
    GetConnectionEvidence: [{ nonce: new Uint8Array(32) }],
    GetState: [{ nonce: new Uint8Array(32) }],
    UserLogin: [
      { id: bank.name, password: 'a test password' },
      { id: bank.name, password: '' },
    ],
    GetAccount: [{}],
    ListUsers: [{ id: '' }, { id: 'everybody' }, { id: `group-${bank.name}` }],
    FindUsers: [{}, { group: `group-${bank.name}` }, { namePrefix: bank.name }],
    ListUserIds: [{ group: '' }, { group: 'everybody' }, { group: `group-${bank.name}` }],
    GetInputFile: [{ dataId: bank.inputId }],
    GetOutputFile: [{ dataId: bank.outputId }],
    GetFunction: [{ functionId: bank.functionId }, { functionId: bank.privateId }],
    GetFunctionCode: [{ functionId: bank.functionId }, { functionId: bank.privateId }],
    ListFunctionVersions: [{ functionId: bank.functionId }, { functionId: bank.privateId }],
    GetFunctionMaterial: [1, 2, 3].flatMap((kind) => [
      { functionId: bank.privateId, version: bank.privateVersion, kind },
    ]),
    GetFunctionUsageStats: [{ functionId: bank.functionId }],
    ListFunctions: [{ userId: bank.name }, { userId: bank.lab }],
    ListFunctionIds: [1, 2, 3].flatMap((list) => [
      { userId: bank.name, list },
      { userId: bank.lab, list },
    ]),
    GetStorageUse: [{}, { userId: bank.name }, { group: `group-${bank.name}` }],
    GetTask: everyTask,
    GetManifest: everyTask,
    GetTaskCode: everyTask,
    GetTaskMaterial: everyTask.map((task) => ({ ...task, kind: 3 })),
    GetTaskReport: everyTask,
    GetAgreement: [{ agreementId: bank.agreementId }],
    ListAgreements: [{}, { pageToken: bank.agreementId, pageSize: 200 }],
    WatchTask: everyTask,
    ListTasks: [{}, { pageToken: bank.name, pageSize: 200 }, { role: 1 }, { functionId: bank.functionId }],
    ExplainTask: everyTask,
    FindFunctions: [{}, { owner: bank.name }, ...[1, 2, 3].map((list) => ({ list, owner: bank.name }))],
    ListData: [
      {},
      { pageToken: bank.inputId, pageSize: 200 },
      { kind: 2, namePrefix: 'r' },
      { written: true },
    ],
    QueryAuditLogs: [
      { query: '*', limit: 1000n },
      { query: bank.name, limit: 1000n },
    ],
    CreateDownload: [{ dataId: bank.inputId }, { dataId: bank.outputId }],
    ResumeUpload: [{ url: bank.inputUrl }, { url: bank.uploadUrl }],
    RegisterInputFromOutput: [{ dataId: bank.outputId }],
  }) satisfies Partial<Table>;

/** Taking part in its place. */
const acts = (bank: Bank, own: Loot, everyTask: readonly Request[]) =>
  ({
    CreateUpload: [{ name: 'x', size: 3n }],
    DiscardUpload: [{ url: bank.inputUrl }, { url: bank.uploadUrl }],
    CreateOutput: [{ name: 'x' }],
    RegisterInputFile: [{ url: bank.inputUrl, cmac: new Uint8Array(16), cryptoInfo }],
    RegisterOutputFile: [
      { url: bank.inputUrl, cryptoInfo },
      { url: bank.uploadUrl, cryptoInfo },
    ],
    RegisterFusionOutput: [{ ownerList: [bank.name, bank.otherName] }],
    UpdateInputFile: [{ dataId: bank.inputId, url: bank.inputUrl }],
    UpdateOutputFile: [{ dataId: bank.outputId, url: bank.inputUrl }],
    RegisterFunction: [{ name: 'evil', executorType: 'javascript', payload: new Uint8Array(), public: true }],
    RegisterHiddenFunction: [
      { name: 'evil', executorType: 'javascript', payload: new Uint8Array(), public: true },
    ],
    CreateTask: [
      {
        functionId: bank.functionId,
        functionArguments: '{"note":1}',
        executor: 'javascript',
        ...slots(bank.name),
      },
      { functionId: own.thiefId, functionArguments: '{}', executor: 'javascript', ...slots(bank.name) },
    ],
    AssignData: everyTask.map((task) => ({ ...task, ...taking(bank) })),
    ReplaceData: everyTask.map((task) => ({ ...task, ...taking(bank) })),
    SetTaskOptions: everyTask.map((task) => ({ ...task, logs: { readers: ['creator', 'function-owner'] } })),
    ProposeAgreement: everyTask.map((task) => ({ ...task, uses: 1n, until: 2n ** 50n })),
    ApproveAgreement: [{ agreementId: bank.agreementId, digest: bank.digest }],
    ApplyAgreement: everyTask.map((task) => ({ ...task, agreementId: bank.agreementId })),
    ApproveTask: everyTask,
    ApproveManifest: everyTask.map((task) => ({ ...task, digest: bank.digest })),
    InvokeTask: everyTask,
  }) satisfies Partial<Table>;

/** Against the account, the function, and the tasks as a whole. */
const ends = (bank: Bank, everyTask: readonly Request[]) =>
  ({
    SetAccountPreferences: [{ requireKeys: false }],
    RegisterKey: [{ publicKey: new TestKey().account.publicKey, proof }],
    RotateKey: [{ publicKey: new TestKey().account.publicKey, proof }],
    RecoverKey: [{ publicKey: new TestKey().account.publicKey, proof, recoveryCode: 'A'.repeat(32) }],
    UpdateFunction: [
      { functionId: bank.functionId, name: 'f', executorType: 'javascript', payload: Buffer.from('main') },
    ],
    UpdateHiddenFunction: [
      { functionId: bank.functionId, name: 'f', executorType: 'javascript', payload: Buffer.from('main') },
    ],
    AttachFunctionMaterial: [
      { functionId: bank.privateId, version: bank.privateVersion, kind: 3, content: Buffer.from('evil') },
    ],
    DisableFunction: [{ functionId: bank.functionId }],
    EnableFunction: [{ functionId: bank.functionId }],
    DeleteFunction: [{ functionId: bank.functionId }],
    DeleteData: [{ dataId: bank.inputId }, { dataId: bank.outputId }],
    DeleteTask: everyTask,
    RevokeAgreement: [{ agreementId: bank.agreementId }],
    CancelTask: everyTask,
    DeclineTask: everyTask.map((task) => ({ ...task, reason: 'x' })),
    SetStorageQuota: [{ userId: bank.name, bytes: 0n }, { group: `group-${bank.name}` }],
    UserRegister: [
      { id: bank.name, password: 'evil', role: 'DataOwner', attribute: `group-${bank.name}` },
      {
        id: `twin-${bank.name}`,
        password: 'evil',
        role: 'DataOwnerManager',
        attribute: `group-${bank.name}`,
      },
    ],
    ResetUserPassword: [{ id: bank.name }],
    UserUpdate: [{ id: bank.name, password: 'evil', role: 'DataOwner', attribute: `group-${bank.name}` }],
    DeleteUser: [{ id: bank.name }],
    // Its own session ends with it.
    UserChangePassword: [{ password: 'a test password' }],
  }) satisfies Partial<Table>;

/** Every method has its attempts here, and the compiler refuses a row that is missing. */
export function attemptsOn(bank: Bank, own: Loot): Table {
  const everyTask = [...Object.values(bank.tasks), own.taskId].map((taskId) => ({ taskId }));
  return { ...reads(bank, everyTask), ...acts(bank, own, everyTask), ...ends(bank, everyTask) };
}

/** Every limit of the platform, in one place; docs/limits.md is generated from it. */
import { limitTable } from '@gaiwan/errors';
import { type TaskLimits, taskCeilings } from '@gaiwan/protocol';

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const DAY = 24 * HOUR;

export const limits = limitTable({
  smallMessage: {
    value: 8 << 10,
    unit: 'bytes',
    what: 'A request without a login: UserLogin, GetEvidence, GetConnectionEvidence, GetState',
  },
  message: { value: 1 << 20, unit: 'bytes', what: 'Any other request on an API port, unless named here' },
  assignmentMessage: {
    value: 4 << 20,
    unit: 'bytes',
    what: 'AssignData, ReplaceData: names and ids of data',
  },
  taskMessage: { value: 16 << 20, unit: 'bytes', what: 'CreateTask', note: 'As much as a manifest has.' },
  largeMessage: {
    value: 32 << 20,
    unit: 'bytes',
    what: 'RegisterFunction, UpdateFunction, RegisterInputFile, UpdateInputFile: what brings code, or a file as a data: URL',
  },
  serviceMessage: { value: 32 << 20, unit: 'bytes', what: 'A message among services, either way' },
  reply: { value: 32 << 20, unit: 'bytes', what: 'An answer on an API port' },
  messageGrace: {
    value: 20 * SECOND,
    unit: 'ms',
    what: 'How long a request may take to arrive, and an answer to be taken',
    note: 'And as long again as its bytes take at the least rate.',
  },
  messageRate: { value: 64 << 10, unit: 'per second', what: 'Bytes of a request that arrive at least, then' },

  callsPerUser: {
    value: 1024,
    unit: 'count',
    what: 'Calls of one user at once on one port, watches included',
  },
  calls: { value: 16_384, unit: 'count', what: 'Calls of all users at once on one port' },
  bytesPerUser: {
    value: 96 << 20,
    unit: 'bytes',
    what: 'Messages of all calls of one user that are under way',
    note: 'Then `too-much-in-flight`.',
  },
  bytes: { value: 384 << 20, unit: 'bytes', what: 'Messages of all calls of all users that are under way' },
  strangersCallsPerAddress: {
    value: 128,
    unit: 'count',
    what: 'Calls without a login at once from one address (IPv6: from one network of 64 bits)',
  },
  strangersCalls: { value: 4096, unit: 'count', what: 'Calls without a login at once on one port' },
  strangersBytesPerAddress: { value: 1 << 20, unit: 'bytes', what: 'Messages of those from one address' },
  strangersBytes: { value: 32 << 20, unit: 'bytes', what: 'Messages of all of those' },
  retryAfter: {
    value: SECOND,
    unit: 'ms',
    what: 'When a caller whose calls are too many, or too large, is told to call again',
  },

  connections: {
    value: 4096,
    unit: 'count',
    what: 'Connections to one port',
    note: 'Further ones are closed at once.',
  },
  connectionsPerAddress: {
    value: 256,
    unit: 'count',
    what: 'Connections to one port from one address (IPv6: from one network of 64 bits)',
    note: 'Further ones are closed at once. `--connections-per-address`',
  },
  connectionRateDivisor: {
    value: 4,
    unit: 'count',
    what: 'Part of that number that may be new in each second, after a burst of all of it',
    note: '4: a fourth.',
  },
  addresses: { value: 10_000, unit: 'count', what: 'Addresses whose rate is remembered, by each port' },
  handshake: { value: 10 * SECOND, unit: 'ms', what: 'A TLS handshake' },
  firstRequest: { value: 20 * SECOND, unit: 'ms', what: 'A new connection until its first request' },
  strangersIdle: {
    value: 60 * SECOND,
    unit: 'ms',
    what: 'A connection without a call, on which nobody has logged in',
    note: 'It is then closed, whatever pings it sends.',
  },
  streamsPerConnection: { value: 1000, unit: 'count', what: 'Calls at once on one connection' },
  streamWindow: { value: 4 << 20, unit: 'bytes', what: 'Bytes under way on one call (flow control)' },
  connectionWindow: {
    value: 16 << 20,
    unit: 'bytes',
    what: 'Bytes under way on one connection (flow control)',
  },
  connectionIdle: {
    value: 600 * SECOND,
    unit: 'ms',
    what: 'Any other connection without a call',
    note: 'It is then closed, whatever pings it sends.',
  },
  streamResets: {
    value: 1000,
    unit: 'count',
    what: 'Calls on one connection that are begun and given up at once',
  },
  streamResetRate: {
    value: 33,
    unit: 'per second',
    what: 'Beyond that, so many',
    note: 'Then it is closed.',
  },
  page: { value: 200, unit: 'count', what: 'Entries of a page' },
  transactionAttempts: {
    value: 20,
    unit: 'count',
    what: 'Attempts at a change of a record that others change at the same time',
    note: 'Then `busy`.',
  },
  decisions: { value: 4096, unit: 'count', what: 'Decisions of access control that are remembered' },
  decisionText: {
    value: 2048,
    unit: 'characters',
    what: 'A question to access control whose answer is remembered',
    note: 'Longer ones are decided anew each time.',
  },

  auditPage: { value: 1000, unit: 'count', what: 'Entries that a query of the audit log returns' },
  auditHorizon: {
    value: 100_000,
    unit: 'count',
    what: 'Newest entries of the audit log that a query looks at',
  },
  auditBatch: {
    value: 500,
    unit: 'count',
    what: 'Entries of the audit log that are written together',
  },
  auditKept: {
    value: 5000,
    unit: 'count',
    what: 'Entries of the audit log that are kept in memory while the store takes no writes',
    note: 'Further ones are lost; the log says how many.',
  },
  auditDelay: { value: 30, unit: 'ms', what: 'How long an entry of the audit log waits for others' },
  auditRetry: {
    value: SECOND,
    unit: 'ms',
    what: 'Time between attempts to write the audit log while the store takes no writes',
  },

  userId: { value: 128, unit: 'characters', what: 'A user id, and the name of a group' },
  password: { value: 1024, unit: 'characters', what: 'A password' },
  passwordHashes: { value: 2, unit: 'count', what: 'Passwords that are checked at once' },
  passwordHashesMade: { value: 1, unit: 'count', what: 'Passwords that are set at once' },
  passwordHashesWaiting: {
    value: 256,
    unit: 'count',
    what: 'Logins that wait for that; changes of passwords that do',
    note: 'Then `busy`.',
  },
  token: { value: 3600, unit: 's', what: 'A token holds' },
  signingKeyAge: {
    value: 30 * DAY,
    unit: 'ms',
    what: 'A key that signs tokens, until the next one takes over',
  },
  verifiedTokens: { value: 4096, unit: 'count', what: 'Verified tokens that are remembered' },
  failedLoginsOfUser: { value: 10, unit: 'count', what: 'Failed logins of one user in a row' },
  failedLoginOfUserRefill: {
    value: 6 * SECOND,
    unit: 'ms',
    what: 'Beyond that, one failed login of the user each',
  },
  failedLoginsOfAddress: { value: 100, unit: 'count', what: 'Failed logins from one address in a row' },
  failedLoginOfAddressRefill: {
    value: SECOND,
    unit: 'ms',
    what: 'Beyond that, one failed login from the address each',
  },
  throttledNames: {
    value: 10_000,
    unit: 'count',
    what: 'Users, and addresses, whose failed logins are remembered',
  },

  statementAge: { value: 300 * SECOND, unit: 'ms', what: 'A signed statement of a call holds' },
  statementsOfSubject: {
    value: 100_000,
    unit: 'count',
    what: 'Statements of one account that are remembered, so that none is taken twice',
    note: 'Beyond that, older ones are refused sooner.',
  },
  formerKeys: { value: 100, unit: 'count', what: 'Former keys of an account that are kept' },
  failedRecoveries: { value: 5, unit: 'count', what: 'Failed recoveries of one account in a row' },
  failedRecoveryRefill: {
    value: 60 * SECOND,
    unit: 'ms',
    what: 'Beyond that, one failed recovery of the account each',
  },

  payload: { value: 16 << 20, unit: 'bytes', what: "A function's code" },
  name: { value: 256, unit: 'characters', what: 'A name of a function, an argument or a slot' },
  description: { value: 4096, unit: 'characters', what: 'A description of a function' },
  listEntries: {
    value: 1000,
    unit: 'count',
    what: 'Arguments, inputs and outputs of a function; owners of data; names of an allow-list: of each',
  },

  url: { value: 8192, unit: 'characters', what: 'A URL other than data:' },
  fileSilence: {
    value: 60 * SECOND,
    unit: 'ms',
    what: 'Silence of who sends or takes a file of the platform',
    note: 'An upload is taken up again where it stands.',
  },
  fileName: { value: 200, unit: 'bytes', what: 'The name of a file that the platform keeps' },
  blob: { value: 1024 ** 4, unit: 'bytes', what: 'A file that the platform keeps' },
  capability: { value: 300 * SECOND, unit: 'ms', what: "A user's capability for one file holds" },
  workerCapability: { value: DAY, unit: 'ms', what: "A worker's capability for one file holds" },
  unfinishedUpload: {
    value: DAY,
    unit: 'ms',
    what: 'An upload that was not finished',
    note: 'It is forgotten at the first start after that.',
  },
  backupManifest: { value: 1 << 28, unit: 'bytes', what: "The list of a backup's files (backup.json)" },
  coreLimit: { value: 10 * SECOND, unit: 'ms', what: 'Setting the limit of core dumps at a start' },
  refusalBody: {
    value: 4096,
    unit: 'characters',
    what: "What a worker reads of its platform's refusal of a file",
  },
  redirects: { value: 3, unit: 'count', what: 'Redirects of an external URL' },
  externalSilence: { value: 60 * SECOND, unit: 'ms', what: 'Silence of the server of an external URL' },

  watchersPerTask: { value: 256, unit: 'count', what: 'Watchers of one task' },
  attempts: {
    value: 3,
    unit: 'count',
    what: 'Attempts at a task that workers lose',
    note: 'It then ends `Failed`.',
  },
  lease: {
    value: 15 * SECOND,
    unit: 'ms',
    what: 'A lease without a heartbeat',
    note: 'Another worker gets the task.',
  },
  leaseCheck: { value: SECOND, unit: 'ms', what: 'Time between checks for lost leases' },
  heartbeat: { value: 2 * SECOND, unit: 'ms', what: 'Time between heartbeats of a worker' },
  firstReconnect: { value: 50, unit: 'ms', what: 'Pause before a worker attaches again' },
  secondReconnect: { value: 200, unit: 'ms', what: 'That pause after a second failure' },
  laterReconnect: { value: SECOND, unit: 'ms', what: 'That pause after further failures' },
  goodSession: {
    value: 10 * SECOND,
    unit: 'ms',
    what: "A worker's time with its platform after which the pause is short again",
  },
  absentWorker: {
    value: 15 * SECOND,
    unit: 'ms',
    what: 'How long a task waits for a worker that has gone or is to come',
    note: 'It then ends with `function not available`.',
  },
  leasesAhead: {
    value: 32,
    unit: 'count',
    what: 'Leases of an executor beyond its slots, while its tasks are quick',
  },
  quickTask: { value: 50, unit: 'ms', what: 'A task that counts as quick for that' },
  queuedTask: {
    value: 250,
    unit: 'ms',
    what: 'How long a task waits behind others of its worker',
    note: 'It is then given back.',
  },
  workerRestart: {
    value: 100,
    unit: 'ms',
    what: 'Pause before a worker process that ended is started again',
  },
  workerRestartLongest: { value: 5 * SECOND, unit: 'ms', what: 'That pause at most; it doubles each time' },
  workerHealthy: {
    value: 10 * SECOND,
    unit: 'ms',
    what: 'Life of a worker process after which the pause is short again',
  },
  workerStop: {
    value: 2 * SECOND,
    unit: 'ms',
    what: 'How long a worker process may take to end',
    note: 'It is then killed.',
  },

  confirming: {
    value: 15_000,
    unit: 'ms',
    what: "A worker's waiting for the platform's evidence about a new connection",
  },
  nonceShortest: { value: 8, unit: 'bytes', what: 'A nonce of GetEvidence, at least' },
  nonceLongest: { value: 64, unit: 'bytes', what: 'A nonce of GetEvidence, at most' },
  evidenceAtOnce: {
    value: 4,
    unit: 'count',
    what: 'Calls of GetEvidence, and of GetConnectionEvidence, for which evidence is made at once',
  },
  evidenceWaiting: {
    value: 64,
    unit: 'count',
    what: 'Calls of GetEvidence that wait for that',
    note: 'Then `busy`.',
  },

  attestationBody: { value: 1 << 20, unit: 'bytes', what: 'A request to the attestation service' },
  attestationRequest: { value: 30 * SECOND, unit: 'ms', what: 'How long it may take to arrive' },
  attestationCheck: { value: 5 * SECOND, unit: 'ms', what: 'Time between looks for those that take longer' },
  attestationConnections: { value: 1024, unit: 'count', what: 'Connections to the attestation service' },
  attestationRate: {
    value: 10,
    unit: 'per second',
    what: 'Requests of one address (IPv6: of one network of 64 bits) to the attestation service',
    note: '`--rate`',
  },
  attestationBurst: {
    value: 4,
    unit: 'count',
    what: 'Requests of one address at once, in multiples of its rate',
  },
  attestationTotalRate: {
    value: 200,
    unit: 'per second',
    what: 'Requests of all addresses to the attestation service',
  },
  attestationTotalBurst: { value: 400, unit: 'count', what: 'Requests of all addresses at once' },
  attestationNonce: { value: 200, unit: 'characters', what: 'A nonce for the attestation service' },
  attestationResult: { value: 300, unit: 's', what: 'A result of the attestation service (EAR) holds' },

  rootKeyAge: { value: 90 * DAY, unit: 'ms', what: 'The keys of a data folder, until they are rotated' },
  rootKeyCheck: { value: HOUR, unit: 'ms', what: 'Time between looks at their age' },
});

/** One limit of a task; what no operator can allow is in `@gaiwan/protocol` (`taskCeilings`). */
interface TaskLimit {
  readonly unit: 'ms' | 'MiB' | 'bytes' | 'count';
  readonly what: string;
  /** What a task may use unless it asks for something else. */
  readonly byDefault: number;
  /** What a task may ask for at most, unless the operator says otherwise. */
  readonly maximum: number;
}

export const taskLimits = {
  timeMs: { unit: 'ms', what: 'Time', byDefault: 600 * SECOND, maximum: DAY },
  cpuMs: { unit: 'ms', what: 'Processor time', byDefault: 600 * SECOND, maximum: DAY },
  memoryMiB: { unit: 'MiB', what: 'Memory', byDefault: 1024, maximum: 16 * 1024 },
  outputBytes: { unit: 'bytes', what: 'Outputs and result', byDefault: 4 * 2 ** 30, maximum: 2 ** 40 },
  logBytes: { unit: 'bytes', what: 'Log', byDefault: 1 << 20, maximum: taskCeilings.logBytes },
  files: { unit: 'count', what: 'Open files', byDefault: 1023, maximum: taskCeilings.files },
} as const satisfies Readonly<Record<keyof TaskLimits, TaskLimit>>;

const column = (name: 'byDefault' | 'maximum'): TaskLimits => ({
  timeMs: taskLimits.timeMs[name],
  cpuMs: taskLimits.cpuMs[name],
  memoryMiB: taskLimits.memoryMiB[name],
  outputBytes: taskLimits.outputBytes[name],
  logBytes: taskLimits.logBytes[name],
  files: taskLimits.files[name],
});

export const defaultTaskLimits: TaskLimits = column('byDefault');
export const defaultTaskMaxima: TaskLimits = column('maximum');

/** Every limit of the platform, in one place; docs/limits.md is generated from it. */
import { limitTable } from '@gaiwan/errors';
import { type TaskLimits, taskCeilings } from '@gaiwan/protocol';

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const DAY = 24 * HOUR;
const MIB = 2 ** 20;
const GIB = 2 ** 30;

export const limits = limitTable({
  smallMessage: {
    value: 8 << 10,
    unit: 'bytes',
    what: 'A request without a login: UserLogin, GetEvidence, GetConnectionEvidence, GetState',
  },
  message: { value: 1 << 20, unit: 'bytes', what: 'Any other request on an API port, unless named here' },
  measuredFile: {
    value: 16 << 20,
    unit: 'bytes',
    what: 'measured.json of a data folder, which lets a refused start say what became different',
    note: 'Beyond it the refusal names registers alone.',
  },
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
  callsPerTurn: {
    value: 4,
    unit: 'count',
    what: 'Calls of users that a port begins before other work has its turn',
    note: 'One connection after the other.',
  },
  callsWaiting: {
    value: 4096,
    unit: 'count',
    what: 'Calls of users that wait for their turn on one port',
    note: 'Then `too-many-calls`.',
  },
  runningBesideOthers: {
    value: 1,
    unit: 'count',
    what: 'Calls of one user that run at once on a port while other users call it',
    note: 'Further calls wait. A watch counts until its first message.',
  },
  runningCounted: { value: SECOND, unit: 'ms', what: 'Time after which a call that runs no longer counts' },
  runningOvertaken: { value: 4, unit: 'count', what: 'Calls of one user that run and no longer count' },
  callersRemembered: {
    value: SECOND,
    unit: 'ms',
    what: 'Time after a call during which its user counts as calling',
  },
  bytesPerUser: {
    value: 96 << 20,
    unit: 'bytes',
    what: 'Messages of all calls of one user that are under way',
    note: 'Then `too-much-in-flight`.',
  },
  bytes: { value: 384 << 20, unit: 'bytes', what: 'Messages of all calls of all users that are under way' },
  strangersCallsPerAddress: {
    value: 64,
    unit: 'count',
    what: 'Calls without a login at once from one address (IPv6: from one network of 64 bits)',
  },
  strangersCalls: { value: 1024, unit: 'count', what: 'Calls without a login at once on one port' },
  strangersLeastAtOnce: {
    value: 2,
    unit: 'count',
    what: 'Calls without a login at once that one address may make in any case',
    note: 'Also when the port has as many as it takes.',
  },
  strangersCallsPerConnection: {
    value: 4,
    unit: 'count',
    what: 'Consecutive calls without a valid login from one address, for each connection that it may open',
    note: 'After those, as many per second as it may open connections. When an address exceeds this, its connections are closed, unless a user has logged in on them, and it cannot open new ones.',
  },
  strangersLeastCalls: {
    value: 8,
    unit: 'count',
    what: 'Consecutive calls without a valid login that one address may make in any case, and new connections',
    note: 'All addresses together may make as many as one; beyond that, each has these.',
  },
  strangersLeastSeconds: { value: 8, unit: 's', what: 'Time in which an address gets these anew' },
  strangersCallsPerTurn: {
    value: 2,
    unit: 'count',
    what: 'Calls of strangers that a port begins before other work has its turn',
    note: 'One connection after the other. What is given up until then is counted, and nothing else is done for it.',
  },
  strangersWaitingPerAddress: {
    value: 1024,
    unit: 'count',
    what: 'Calls without a login from one address that wait for their turn',
    note: 'When more come, their connection is closed.',
  },
  strangersWaiting: { value: 2048, unit: 'count', what: 'The same from all addresses' },
  strangersWaitingOfAll: {
    value: 4096,
    unit: 'count',
    what: 'The same where an address has fewer than its least',
  },
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
  guestConnections: {
    value: 512,
    unit: 'count',
    what: 'Connections to one port on which nobody has logged in',
    note: 'Beyond that, the address with most of them loses its oldest one to an address with fewer.',
  },
  connectionRateDivisor: {
    value: 4,
    unit: 'count',
    what: 'Part of that number that may be new in each second, after a burst of all of it',
    note: '4: a fourth. On ports where users log in, the addresses of strangers together have the rate of one; beyond that, each has `strangersLeastCalls`.',
  },
  addresses: { value: 10_000, unit: 'count', what: 'Addresses whose rate is remembered, by each port' },
  handshake: { value: 10 * SECOND, unit: 'ms', what: 'A TLS handshake' },
  firstRequest: { value: 20 * SECOND, unit: 'ms', what: 'A new connection until its first request' },
  strangersIdle: {
    value: 10 * SECOND,
    unit: 'ms',
    what: 'A connection without a call, on which nobody has logged in',
    note: 'It is then closed, whatever pings it sends.',
  },
  keepAlive: {
    value: 60 * SECOND,
    unit: 'ms',
    what: 'A connection on which nothing comes, until its other side is asked whether it is still there',
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
  pageBytes: { value: MIB, unit: 'bytes', what: 'Rows of a page', note: 'The page ends early.' },
  pageLooks: {
    value: 2000,
    unit: 'count',
    what: 'Rows that a page of a filtered list looks at',
    note: 'The page may have fewer items then, or none, and not be the last.',
  },
  pageStep: { value: 16, unit: 'count', what: 'Rows of a page that are read at once' },
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
    what: 'Newest entries of the audit log that a call of QueryAuditLogs looks at',
  },
  auditQuery: { value: 2048, unit: 'characters', what: 'A query of the audit log' },
  auditQueryTerms: { value: 64, unit: 'count', what: 'Terms and ranges of a query of the audit log' },
  auditQueryDepth: {
    value: 32,
    unit: 'count',
    what: 'Parentheses and NOT within each other in a query of the audit log',
  },
  auditMessage: {
    value: 512,
    unit: 'characters',
    what: 'The message of an entry of the audit log',
    note: 'A longer one is cut off.',
  },
  auditBatch: {
    value: 100,
    unit: 'count',
    what: 'Entries of the audit log that are written together',
  },
  auditPeriod: {
    value: 60 * SECOND,
    unit: 'ms',
    what: 'Time in which entries of the audit log that repeat each other are counted',
    note: 'Then one entry says how many more there were.',
  },
  auditCaller: {
    value: 100,
    unit: 'count',
    what: 'Entries of one user, method, result and address that are written one by one in that time',
    note: 'Of calls that change something, all are.',
  },
  auditCallerKinds: {
    value: 50_000,
    unit: 'count',
    what: 'Such users, methods, results and addresses that are told from each other',
  },
  auditStranger: {
    value: 20,
    unit: 'count',
    what: 'Entries of one address and method that are written one by one in that time, of callers who are not let in',
  },
  auditStrangers: { value: 600, unit: 'count', what: 'The same, of all addresses and methods' },
  auditStrangerKinds: {
    value: 256,
    unit: 'count',
    what: 'Such addresses and methods that are told from each other',
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
  passwordHashes: {
    value: 2,
    unit: 'count',
    what: 'Passwords that are checked at once',
    note: 'One, where there are two processors or fewer.',
  },
  passwordHashesMade: { value: 1, unit: 'count', what: 'Passwords that are set at once' },
  passwordHashesWaiting: {
    value: 256,
    unit: 'count',
    what: 'Logins that wait for that; changes of passwords that do',
    note: 'Then `busy`.',
  },
  token: {
    value: 24 * 3600,
    unit: 's',
    what: 'A token holds',
    note: "As Teaclave's; `--token-life`",
  },
  tokenShortest: { value: 60, unit: 's', what: 'What `--token-life` can be, at least' },
  tokenLongest: { value: 30 * 24 * 3600, unit: 's', what: 'What `--token-life` can be, at most' },
  tokenAhead: {
    value: 60,
    unit: 's',
    what: "How far ahead of the platform's clock a token may have been issued",
    note: 'A clock that is kept right goes back by seconds. One of a time that is still to come is refused.',
  },
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

  formerVersions: {
    value: 32,
    unit: 'count',
    what: 'Versions of a function that are listed, beside the present one',
  },
  payload: {
    value: 16 << 20,
    unit: 'bytes',
    what: "A function's code, and the source that its owner attaches",
  },
  materialProvenance: { value: MIB, unit: 'bytes', what: 'A Sigstore bundle that is attached to a version' },
  materialSbom: { value: 4 * MIB, unit: 'bytes', what: 'An SBOM that is attached to a version' },
  name: { value: 256, unit: 'characters', what: 'A name of a function, an argument or a slot' },
  description: { value: 4096, unit: 'characters', what: 'A description of a function' },
  searchText: {
    value: 256,
    unit: 'characters',
    what: 'A text that a list is searched for',
    note: 'Then `bad-filter`.',
  },
  errorDetails: {
    value: 32,
    unit: 'count',
    what: 'Of those whom or what a refusal is about, with a reason and a remedy each',
    note: 'They travel in a header. Further ones are named in `subjects` alone.',
  },
  obstacles: {
    value: 200,
    unit: 'count',
    what: 'Obstacles that ExplainTask lists',
    note: 'The answer says how many more there are.',
  },
  obstacleNames: { value: 100, unit: 'count', what: 'Those who can do something about one of them' },
  declineReason: { value: 500, unit: 'characters', what: 'The reason for which somebody declines a task' },
  listEntries: {
    value: 1000,
    unit: 'count',
    what: 'Arguments, inputs and outputs of a function; owners of data; names of an allow-list: of each',
  },

  url: { value: 8192, unit: 'characters', what: 'A URL other than data:' },
  contentOfUrl: { value: 16 * MIB, unit: 'bytes', what: 'The content of a data: URL' },
  fileSilence: {
    value: 60 * SECOND,
    unit: 'ms',
    what: 'Silence of who sends or takes a file of the platform',
    note: 'An upload is taken up again where it stands.',
  },
  filesPerUser: {
    value: 128,
    unit: 'count',
    what: 'Files of the platform that are sent to, or taken from, one user at once',
    note: 'Then 429 `too-many-calls`.',
  },
  files: {
    value: 2048,
    unit: 'count',
    what: 'Files of the platform that are sent to, or taken from, all users at once',
  },
  contentPerUser: {
    value: 64 * MIB,
    unit: 'bytes',
    what: 'Content of data: URLs that is sent to one user at once',
    note: 'Then 429 `too-much-in-flight`.',
  },
  content: {
    value: 256 * MIB,
    unit: 'bytes',
    what: 'Content of data: URLs that is sent to all users at once',
  },
  fileName: { value: 200, unit: 'bytes', what: 'The name of a file that the platform keeps' },
  blob: { value: 1024 ** 4, unit: 'bytes', what: 'A file that the platform keeps' },
  capability: { value: 300 * SECOND, unit: 'ms', what: "A user's capability for one file holds" },
  workerCapability: {
    value: DAY,
    unit: 'ms',
    what: "A worker's capability for one file holds, while its lease does",
  },
  unfinishedUpload: {
    value: DAY,
    unit: 'ms',
    what: 'An upload that was not finished',
    note: 'It is forgotten within an hour after that, and when its owner begins another one.',
  },
  unfinishedUploads: {
    value: 256,
    unit: 'count',
    what: 'Uploads of one user that are not finished',
    note: 'Their announced bytes count towards the quota.',
  },
  userBytes: {
    value: 256 * GIB,
    unit: 'bytes',
    what: 'What one user has the platform keep: files, functions, tasks',
    note: '`--storage user-bytes=N`, `gaiwan quota set`',
  },
  userItems: {
    value: 1_000_000,
    unit: 'count',
    what: 'Files, functions and tasks of one user',
    note: '`--storage user-items=N`, `gaiwan quota set`',
  },
  groupBytes: {
    value: 2048 * GIB,
    unit: 'bytes',
    what: 'What the members of one group have the platform keep together',
    note: '`--storage group-bytes=N`, `gaiwan quota set`',
  },
  groupItems: {
    value: 10_000_000,
    unit: 'count',
    what: 'Files, functions and tasks of the members of one group',
    note: '`--storage group-items=N`, `gaiwan quota set`',
  },
  heldChanges: {
    value: 10_000,
    unit: 'count',
    what: 'Changes of what is kept that a start sums up',
    note: 'After so many they are summed up in a record.',
  },
  retentionPass: {
    value: 60 * 60 * SECOND,
    unit: 'ms',
    what: 'Time after which the platform looks again for what is to be kept no longer',
    note: 'It looks at its start, too. `--keep NAME=TIME`',
  },
  deletionsAtOnce: {
    value: 20,
    unit: 'count',
    what: 'Tasks, results or files that retention deletes at once',
  },
  deletionsLeft: {
    value: 100,
    unit: 'count',
    what: 'Things of one kind that retention could not delete, and tries again each time',
    note: 'When there are more, it ends, and begins there the next time.',
  },
  forgottenAtOnce: {
    value: 1000,
    unit: 'count',
    what: 'Rows of the audit log, or of the use of a function, that one commit forgets',
  },
  roomOfStore: {
    value: 256 * MIB,
    unit: 'bytes',
    what: 'Free space on the disk that is left to the commits of what has begun',
    note: 'Below it nothing new is taken: `disk-full`. `--storage reserve-bytes=N`',
  },
  roomCheck: {
    value: 200,
    unit: 'ms',
    what: 'Time after which the free space of the disk is looked at again',
  },
  lingering: {
    value: 5 * SECOND,
    unit: 'ms',
    what: 'How long the rest of a refused upload is taken and thrown away, so that its sender sees the refusal',
  },
  lingeringBytes: { value: 64 * MIB, unit: 'bytes', what: 'How much of it' },
  backupManifest: { value: 1 << 28, unit: 'bytes', what: "The list of a backup's files (backup.json)" },
  coreLimit: { value: 10 * SECOND, unit: 'ms', what: 'Setting the limit of core dumps at a start' },
  refusalBody: {
    value: 4096,
    unit: 'characters',
    what: "What a worker reads of its platform's refusal of a file",
  },
  redirects: { value: 3, unit: 'count', what: 'Redirects of an external URL' },
  externalWindow: {
    value: 60 * SECOND,
    unit: 'ms',
    what: "Time in which an external URL's server must answer, and in which it must take or give `externalLeast` bytes",
    note: 'The transfer is then ended, and the task with it.',
  },
  externalLeast: {
    value: 64 << 10,
    unit: 'bytes',
    what: "What an external URL's server must take or give in each `externalWindow`",
  },

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
  lostStream: {
    value: 3 * SECOND,
    unit: 'ms',
    what: "How long a worker's leases wait for it after its connection was lost",
    note: 'Then, and at once when its process has ended, other workers get the tasks.',
  },
  reconciliation: {
    value: 60 * SECOND,
    unit: 'ms',
    what: 'Time between looks of the scheduler at the whole queue',
    note: 'Whatever went wrong with a task, it is taken up again.',
  },
  heartbeat: { value: 2 * SECOND, unit: 'ms', what: 'Time between heartbeats of a worker' },
  firstReconnect: { value: 50, unit: 'ms', what: 'Pause before a worker attaches again' },
  secondReconnect: { value: 200, unit: 'ms', what: 'That pause after a second failure' },
  laterReconnect: { value: SECOND, unit: 'ms', what: 'That pause after further failures' },
  goodSession: {
    value: 10 * SECOND,
    unit: 'ms',
    what: "A worker's time with its platform after which the pause is short again",
  },
  attemptGrace: {
    value: 10 * SECOND,
    unit: 'ms',
    what: 'How long an attempt may take to end that was cancelled, or whose time is up',
    note: 'Its place is then given to others.',
  },
  attemptStuck: {
    value: 60 * SECOND,
    unit: 'ms',
    what: 'How long it may take after that',
    note: 'Its worker process is then replaced.',
  },
  absentWorker: {
    value: 15 * SECOND,
    unit: 'ms',
    what: 'How long a task waits for a worker that has gone or is to come',
    note: 'It then ends with `function not available`.',
  },
  fairnessNumber: {
    value: 1_000_000,
    unit: 'count',
    what: 'A weight of a user or a group, and a number of its tasks at once',
  },
  priority: { value: 100, unit: 'count', what: 'The priority of a task, at most; at least its negative' },
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
  executorRetry: {
    value: SECOND,
    unit: 'ms',
    what: 'Pause before a worker tries an executor again that it could not make ready',
  },
  executorRetryLongest: { value: 300 * SECOND, unit: 'ms', what: 'That pause at most; it doubles each time' },
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
  timeMs: {
    unit: 'ms',
    what: 'Time from the lease to the end of the function',
    byDefault: 600 * SECOND,
    maximum: DAY,
  },
  cpuMs: { unit: 'ms', what: 'Processor time', byDefault: 600 * SECOND, maximum: DAY },
  memoryMiB: { unit: 'MiB', what: 'Memory', byDefault: 1024, maximum: 16 * 1024 },
  outputBytes: { unit: 'bytes', what: 'Outputs and result', byDefault: 4 * 2 ** 30, maximum: 2 ** 40 },
  logBytes: { unit: 'bytes', what: 'Log', byDefault: 1 << 20, maximum: taskCeilings.logBytes },
  files: { unit: 'count', what: 'Open files', byDefault: 1023, maximum: taskCeilings.files },
  stagedBytes: { unit: 'bytes', what: 'Inputs', byDefault: 4 * 2 ** 30, maximum: 2 ** 40 },
  transferMs: { unit: 'ms', what: 'Fetching and storing files', byDefault: 600 * SECOND, maximum: DAY },
} as const satisfies Readonly<Record<keyof TaskLimits, TaskLimit>>;

const column = (name: 'byDefault' | 'maximum'): TaskLimits => ({
  timeMs: taskLimits.timeMs[name],
  cpuMs: taskLimits.cpuMs[name],
  memoryMiB: taskLimits.memoryMiB[name],
  outputBytes: taskLimits.outputBytes[name],
  logBytes: taskLimits.logBytes[name],
  files: taskLimits.files[name],
  stagedBytes: taskLimits.stagedBytes[name],
  transferMs: taskLimits.transferMs[name],
});

export const defaultTaskLimits: TaskLimits = column('byDefault');
export const defaultTaskMaxima: TaskLimits = column('maximum');

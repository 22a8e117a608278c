/** Every limit of this package: docs/limits.md is generated from here. Those of the executor protocol are in @gaiwan/protocol. */
import { limitTable } from '@gaiwan/errors';

export const limits = limitTable({
  logLines: { value: 100_000, unit: 'count', what: "lines of a function's log" },
  refusalText: {
    value: 1000,
    unit: 'characters',
    what: 'the message of a built-in function that refuses',
    note: 'the rest is cut off: names in it may be untrusted',
  },
  openedFiles: {
    value: 1023,
    unit: 'count',
    what: 'times that a function opens an input or creates an output, whatever the task allows',
  },
  stagedMemory: {
    value: 256 << 20,
    unit: 'bytes',
    what: "plaintext of all tasks' inputs and outputs that a worker keeps in memory",
    note: 'the rest is staged on disk, sealed',
  },
  stagedTask: {
    value: 64 << 20,
    unit: 'bytes',
    what: "one task's part of that",
    note: 'the rest is staged on disk, sealed',
  },
  scratchReserve: {
    value: 128 << 20,
    unit: 'bytes',
    what: "what staging leaves free on a worker's disk",
    note: 'beyond it, the task does not run there',
  },
  keptChunks: {
    value: 8,
    unit: 'count',
    what: "chunks of 1 MiB of a job's staged inputs that a worker keeps in memory",
  },
  heldMemory: {
    value: 32 << 20,
    unit: 'bytes',
    what: 'memory that jobs of built-in functions leave behind in their thread',
    note: 'a thread with more is replaced',
  },
  threadEnd: {
    value: 250,
    unit: 'ms',
    what: 'how long a stopped thread may take to end before its task fails without waiting for it',
  },
  runnerStart: { value: 30_000, unit: 'ms', what: 'how long a runner may take until it is ready' },
  runnerStartLog: {
    value: 16 << 10,
    unit: 'bytes',
    what: 'what a runner writes to its log before it is ready',
  },
  runnerPrepare: { value: 30_000, unit: 'ms', what: 'how long a runner may take to read its code' },
  runnerOverhead: {
    value: 4096,
    unit: 'MiB',
    what: 'memory of an idle runner, as its description says',
  },
  runnerIdleMemory: {
    value: 1024,
    unit: 'MiB',
    what: 'memory of a runner that gets ready, on top of what its description says',
  },
  startBackoff: {
    value: 30_000,
    unit: 'ms',
    what: 'the longest pause after runners that did not start',
    note: 'the first is 100 ms, each further one twice as long',
  },
  keptSandboxes: {
    value: 8,
    unit: 'count',
    what: 'sandboxes that a worker keeps for further calls of their trust domains',
    note: 'beyond it, the one that was used longest ago is ended',
  },
  keptDomain: { value: 4, unit: 'count', what: 'sandboxes that a worker keeps for one trust domain' },
  keptAge: {
    value: 600_000,
    unit: 'ms',
    what: 'how long after its start a sandbox may begin a further call',
  },
  keptIdle: { value: 60_000, unit: 'ms', what: 'how long a sandbox is kept without a call' },
  keptCalls: { value: 1000, unit: 'count', what: 'calls of one sandbox' },
  renewal: {
    value: 1000,
    unit: 'ms',
    what: 'how long a sandbox may take after a call until it is as it was before',
    note: 'then it is ended',
  },
  renewalWait: {
    value: 50,
    unit: 'ms',
    what: 'how long a call waits for a sandbox of its trust domain that gets ready again',
    note: 'then it gets a new one',
  },
  pipeLinger: {
    value: 500,
    unit: 'ms',
    what: 'how long pipes of a sandbox that ended may stay open',
  },
  sandboxProcesses: {
    value: 128,
    unit: 'count',
    what: 'threads and processes of a sandbox',
  },
  sandboxScratch: {
    value: 64,
    unit: 'MiB',
    what: 'the scratch folder of a sandbox, in memory',
  },
  sandboxDescriptors: { value: 256, unit: 'count', what: 'open descriptors of a process in a sandbox' },
  sandboxCpu: {
    value: 86_400,
    unit: 's',
    what: 'processor time of a process in a sandbox, should everything else have failed',
  },
  sandboxLockedMemory: {
    value: 64 << 10,
    unit: 'bytes',
    what: 'memory that a process in a sandbox can lock',
  },
  removalTries: {
    value: 2000,
    unit: 'count',
    what: "times that a sandbox's processes and control groups are ended, 5 ms apart, before that is an error",
  },
  copiedInstallation: {
    value: 2 * 2 ** 30,
    unit: 'bytes',
    what: 'files of an installation that only its owner may read, copied for a sandbox',
  },
  layerProbe: { value: 20_000, unit: 'ms', what: 'how long the trial of a layer may take' },
  layerProbeProcesses: { value: 64, unit: 'count', what: 'threads and processes of the trial of a layer' },
  layerProbeScratch: { value: 1 << 20, unit: 'bytes', what: 'the scratch folder of the trial of a layer' },
  printed: {
    value: 1 << 20,
    unit: 'bytes',
    what: 'what a program that is run for its answer may print on each of its streams',
  },
  pythonProbe: {
    value: 60_000,
    unit: 'ms',
    what: "how long a native Python interpreter may take to import the operator's modules",
  },
  pythonProbeMemory: {
    value: 2048,
    unit: 'MiB',
    what: "memory of a native Python interpreter with the operator's modules",
  },
  pythonProbePaths: {
    value: 1000,
    unit: 'count',
    what: "paths of a native Python interpreter's installation",
  },
  nodeHeap: {
    value: 128,
    unit: 'MiB',
    what: "JavaScript objects of the runners for WebAssembly and JavaScript, beside the functions' memory",
  },
  onnxHeap: {
    value: 4096,
    unit: 'MiB',
    what: 'JavaScript objects of the runner for native ONNX, which are a part of the memory that its task allows',
  },
  pyodideHeap: { value: 256, unit: 'MiB', what: 'JavaScript objects of the runner for Python on Pyodide' },
  pyodideSnapshot: { value: 256 << 20, unit: 'bytes', what: 'the snapshot of a loaded Pyodide' },
});

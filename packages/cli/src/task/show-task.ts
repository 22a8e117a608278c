/** Tasks and manifests as text for people. */
import type { Approvable, Task, TaskReport, TaskState } from '@gaiwan/client';
import { visible } from '@gaiwan/errors';
import type { ManifestFile } from '@gaiwan/protocol';
import { hex } from '../context.ts';

/** The wire's numbers; the same as `taskStatusName` of the client, without loading it. */
const statusNames: Readonly<Record<number, string>> = {
  0: 'created',
  1: 'data assigned',
  2: 'approved',
  3: 'staged',
  4: 'running',
  10: 'finished',
  20: 'canceled',
  99: 'failed',
};
export const statusName = (status: number): string => statusNames[status] ?? `status ${status}`;

/** With the status as a word: for JSON. */
export const inWords = <T extends { readonly status: number }>(
  value: T,
): Omit<T, 'status'> & { status: string } => ({
  ...value,
  status: statusName(value.status),
});

/** The words that a list can be filtered by, and the numbers that they stand for. */
export const statusNumbers: ReadonlyMap<string, number> = new Map(
  Object.entries(statusNames).map(([number, name]) => [name.replace(' ', '-'), Number(number)]),
);

const goneText = ({ goneUsers, voidUsers }: Pick<Approvable, 'goneUsers' | 'voidUsers'>) =>
  goneUsers
    .map((subject) => (voidUsers.includes(subject) ? `${subject} (its approval is void)` : subject))
    .join(', ');

const files = (title: string, list: readonly ManifestFile[], way: string) =>
  list.flatMap(({ slot, id, owners, schema, tag, commitment }, index) => {
    const content = schema === 'raw' ? ', neither encrypted nor checked' : tag && `, tag ${tag}`;
    return [
      `${(index === 0 ? title : '').padEnd(13)}${slot}: ${id} ${way} ${owners.join(', ')} (${schema}${content ?? ''})`,
      `${''.padEnd(13)}  key and place ${commitment}`,
    ];
  });

export function manifestText({
  manifest,
  digest,
  approvedUsers,
  missingUsers,
  goneUsers,
  voidUsers,
}: Approvable): string {
  const { function: fn, limits, logs, repeat, sandboxes, agreement } = manifest;
  return [
    `task         ${manifest.task}`,
    `epoch        ${manifest.epoch}`,
    `creator      ${manifest.creator}`,
    `function     ${fn.name}, ${fn.id} of ${fn.owner}`,
    `  version    ${fn.version}`,
    `  executor   ${fn.executorType}, run by ${manifest.executor}`,
    `arguments    ${manifest.arguments}`,
    ...files('inputs', manifest.inputs, 'from'),
    ...files('outputs', manifest.outputs, 'to'),
    ...manifest.participants.map(
      ({ subject, authority }, index) =>
        `${(index === 0 ? 'participants' : '').padEnd(13)}${subject} (${authority})`,
    ),
    `limits       ${limits.timeMs / 1000} s, ${limits.cpuMs / 1000} s of processor time, ${limits.memoryMiB} MiB of memory,`,
    `             ${limits.outputBytes} bytes of outputs, ${limits.logBytes} bytes of log, ${limits.files} files opened,`,
    `             ${limits.stagedBytes} bytes of inputs, ${limits.transferMs / 1000} s to fetch and store files`,
    `log          ${logs.length === 0 ? 'for nobody' : `for ${logs.join(' and ')}`}`,
    ...(repeat ? ['repeat       run twice, on different workers, and compared'] : []),
    `sandboxes    ${sandboxes === 'kept' ? 'may serve further calls of this function for these people' : 'a new one for each call'}`,
    ...(agreement === '' ? [] : [`agreement    approved by a standing agreement, SHA-256 ${agreement}`]),
    `approved by  ${approvedUsers.join(', ') || '-'}`,
    `missing      ${missingUsers.join(', ') || '-'}`,
    ...(goneUsers.length > 0 ? [`gone         ${goneText({ goneUsers, voidUsers })}`] : []),
    `digest       ${hex(digest)}`,
  ]
    .map(visible)
    .join('\n');
}

const slots = (owners: Task['inputs'], assigned: Readonly<Record<string, string>>) =>
  Object.keys(owners)
    .sort()
    .map((slot) => `  ${slot}: ${assigned[slot] ?? 'empty'} (${owners[slot]?.join(', ')})`);

/** Who takes part, with what authority, and who is gone; of a task without a manifest their names are all there is. */
function participantLines({ participants }: Task, approvable: Approvable | undefined): string[] {
  if (approvable === undefined) return [`participants ${[...participants].sort().join(', ')}`];
  const { manifest, goneUsers, voidUsers } = approvable;
  return manifest.participants.map(({ subject, authority }, index) => {
    const title = (index === 0 ? 'participants' : '').padEnd(13);
    const isVoid = voidUsers.includes(subject) ? ', and its approval is void' : '';
    const gone = `, GONE: the account was deleted or begun anew${isVoid}`;
    return `${title}${subject} (${authority})${goneUsers.includes(subject) ? gone : ''}`;
  });
}

/** `approvable`: its manifest, where it has one. */
export function taskText(task: Task, approvable?: Approvable): string {
  return [
    `${task.taskId}  ${statusName(task.status)}`,
    `creator      ${task.creator}`,
    `function     ${task.functionId} of ${task.functionOwner}`,
    `arguments    ${task.arguments}`,
    'inputs',
    ...slots(task.inputs, task.assigned.inputs),
    'outputs',
    ...slots(task.outputs, task.assigned.outputs),
    ...participantLines(task, approvable),
    `approved by  ${[...task.approvedUsers].sort().join(', ') || '-'}`,
    ...(task.outcome ? [`outcome      ${task.outcome.ok ? 'done' : task.outcome.reason}`] : []),
  ]
    .map(visible)
    .join('\n');
}

export function reportText({
  status,
  executorType,
  executor,
  runs,
  repeat,
  different,
  log,
  inputFaults,
}: TaskReport): string {
  return [
    `status       ${statusName(status)}`,
    `executor     ${executorType}, run by ${executor}`,
    ...runs.map(
      ({ worker, runner, layers }) =>
        `  run        ${runner} on ${worker}; layers: ${layers.join(', ') || 'none'}`,
    ),
    ...(repeat ? [`repeat       ${repeatText(repeat, different)}`] : []),
    ...inputFaults.map(
      ({ slot, dataId, owners, reason, leftOut }) =>
        `input        ${slot}: ${dataId} of ${owners.join(', ')} ${leftOut ? 'was LEFT OUT' : 'failed the task'}: ${reason}`,
    ),
    ...(log.length > 0 ? ['log', ...log.map((line) => `  ${line}`)] : []),
  ]
    .map(visible)
    .join('\n');
}

export const repeatText = (repeat: 'same' | 'different', different: readonly string[]): string =>
  repeat === 'same' ? 'both runs made the same' : `the two runs differ in: ${different.join(', ')}`;

export function stateText(state: TaskState): string {
  const { status, attempt, approvedUsers, goneUsers, voidUsers, outcome } = state;
  const again = attempt > 1 ? `, attempt ${attempt}` : '';
  const by = status <= 1 && approvedUsers.length > 0 ? `, approved by ${approvedUsers.join(', ')}` : '';
  const without = goneUsers.length > 0 ? `, gone: ${goneText({ goneUsers, voidUsers })}` : '';
  const reason = outcome && !outcome.ok ? `: ${outcome.reason}` : '';
  return visible(`${statusName(status)}${again}${by}${without}${reason}`);
}

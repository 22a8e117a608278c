/** The manifest that participants approve. */
import { createHash } from 'node:crypto';
import { manifestBytes, type TaskManifest } from '@gaiwan/protocol';
import { refuse } from '../errors.ts';
import type { TaskRecord, TaskSlot } from './records.ts';
import { assigned } from './slots.ts';

/** The manifest of a task whose slots are all filled. */
export function taskManifest(task: TaskRecord): TaskManifest {
  if (!assigned(task)) {
    const empty = [...task.inputs, ...task.outputs].filter(({ data }) => !data).map(({ name }) => name);
    throw refuse('nothing-to-approve', `There is nothing to approve yet: no data in ${empty.join(', ')}.`, {
      subjects: empty,
    });
  }
  const file = ({ name, owners, data }: TaskSlot) => ({
    slot: name,
    owners,
    id: data?.id ?? '',
    schema: data?.schema ?? '',
    ...(data?.tag ? { tag: data.tag } : {}),
  });
  return {
    format: 'gaiwan-task-manifest/2',
    task: task.id,
    creator: task.creator,
    function: { ...task.function },
    executor: task.executor,
    arguments: task.arguments,
    inputs: task.inputs.map(file),
    outputs: task.outputs.map(file),
    participants: task.participants,
    limits: { ...task.limits },
    logs: task.logs,
    repeat: task.repeat,
  };
}

export function manifestDigest(task: TaskRecord): { bytes: Uint8Array; digest: Uint8Array } {
  const bytes = manifestBytes(taskManifest(task));
  return { bytes, digest: createHash('sha256').update(bytes).digest() };
}

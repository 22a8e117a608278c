/** Tells watchers within this process of tasks' new durable states. */

import type { TaskRecord } from '../../domain/records.ts';
import { refuse } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { TaskEvents } from '../../ports.ts';
import { AsyncQueue } from '../async-queue.ts';

export class LocalTaskEvents implements TaskEvents {
  readonly #watchers = new Map<string, Set<AsyncQueue<TaskRecord>>>();

  publish(task: TaskRecord): void {
    for (const watcher of this.#watchers.get(task.id) ?? []) if (!watcher.push(task)) watcher.end();
  }

  subscribe(taskId: string, signal: AbortSignal): AsyncIterable<TaskRecord> {
    const watchers = this.#watchers.get(taskId) ?? new Set<AsyncQueue<TaskRecord>>();
    this.#watchers.set(taskId, watchers);
    if (watchers.size >= limits.watchersPerTask.value)
      throw refuse(
        'too-many-watchers',
        `${taskId} is watched ${watchers.size} times: wait for a watch to end.`,
      );
    const queue = new AsyncQueue<TaskRecord>(100);
    watchers.add(queue);
    const leave = () => {
      queue.end();
      watchers.delete(queue);
      if (watchers.size === 0) this.#watchers.delete(taskId);
    };
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
    return queue;
  }
}

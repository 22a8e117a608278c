/** A participant's no: the task ends, and what it held is free again. */
import type { gaiwan } from '@gaiwan/protocol';
import type { Handlers } from '../../pipeline/handlers.ts';
import { command } from '../../pipeline/method.ts';
import { takeStep } from '../../tasks/steps.ts';
import type { ManagementContext } from './context.ts';
import { onTask } from './resources.ts';

export const declineTask = ({
  scheduler,
}: ManagementContext): Handlers<typeof gaiwan.TaskService>['declineTask'] =>
  command({
    action: 'DeclineTask',
    resource: onTask,
    run: ({ tx, caller, request: { reason }, resource: before }) => {
      const given = { by: caller.subject, reason };
      const { task, event } = takeStep(tx, { operation: 'decline', before, given });
      return { reply: {}, event, task, afterwards: () => scheduler.drop(task) };
    },
  });

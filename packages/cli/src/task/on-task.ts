import type { Gaiwan } from '@gaiwan/client';
import type { Context } from '../context.ts';
import { asUser } from '../session.ts';
import { chosenTask } from './which.ts';

/** Runs an action as the logged-in user on the task that the person means. */
export async function onTask<T>(
  context: Context,
  given: string,
  action: (client: Gaiwan, taskId: string) => Promise<T>,
): Promise<T> {
  return asUser(context, async (client, user) => {
    const { id } = await chosenTask(context, { client, user }, given);
    return action(client, id);
  });
}

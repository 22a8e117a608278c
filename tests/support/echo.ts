/** The smallest task: it says whether a worker works. */
import type { Gaiwan } from '@gaiwan/client';

export function registerEcho(client: Gaiwan): Promise<string> {
  return client.functions.register({
    name: 'builtin-echo',
    executorType: 'builtin',
    public: true,
    arguments: [{ key: 'message', allowOverwrite: true }],
  });
}

/** Invokes one, and gives its id. */
export async function invokeEcho(client: Gaiwan, functionId: string, message: string): Promise<string> {
  const task = await client.tasks.create({ functionId, arguments: { message }, executor: 'builtin' });
  await client.tasks.approve(task, (await client.tasks.manifest(task)).digest);
  await client.tasks.invoke(task);
  return task;
}

/** `tasks create --file`: a task out of its description, and what everybody has to do next. */
import { type Context, note, print } from '../context.ts';
import type { Description } from '../description/description.ts';
import { readDescription } from '../description/read.ts';
import { asUser } from '../session.ts';
import { createDescribed } from '../task/create.ts';
import { ringOf } from '../task/which.ts';

export async function createFromFile(context: Context, path: string, json: boolean): Promise<void> {
  const { description, text, sha256 } = readDescription(path);
  const { name } = description;
  const created = await asUser(context, async (client, user) => {
    const ring = await ringOf(context, client, user);
    const made = await createDescribed({ client, user }, description);
    ring.save({ ...ring.owner, task: made.taskId, name, description: text, inputs: {}, outputs: {} });
    return made;
  });
  const { taskId, functionId, version } = created;
  if (!json) note(context, nextSteps(path, description));
  print(context, json, { taskId, name, functionId, version, description: sha256 }, () =>
    [
      `${name} is ${taskId}`,
      `function     ${functionId}`,
      `  version    ${version ?? 'its code is hidden: the manifest will tell'}`,
      `description  SHA-256 ${sha256}`,
    ].join('\n'),
  );
}

/** Whoever has a slot. */
function nextSteps(path: string, { name, inputs, outputs }: Description): string {
  const givers = [...new Set(Object.values(inputs).flatMap(({ owners }) => owners))].sort();
  const takers = [...new Set(Object.values(outputs).flatMap(({ owners }) => owners))].sort();
  const all = [...new Set([...givers, ...takers])].sort();
  if (all.length === 0) return `Next: gaiwan tasks run ${name}`;
  return [
    `Give ${path} to ${all.join(', ')}. Then each of them:`,
    ...(givers.length > 0 ? [`  gaiwan tasks join ${path} --input FILE`] : [`  gaiwan tasks join ${path}`]),
    `  gaiwan tasks approve ${name}`,
    `and when all have approved, you: gaiwan tasks run ${name}`,
  ].join('\n');
}

/** Which task a person means: by its id, by the beginning of one, by its name, or by the file that describes it. */
import type { Gaiwan, Task, TaskSummary } from '@gaiwan/client';
import { quoted } from '@gaiwan/errors';
import { type Context, collect, note } from '../context.ts';
import type { DescriptionFile } from '../description/description.ts';
import { taskDifferences } from '../description/differences.ts';
import { parseDescription, readDescription } from '../description/read.ts';
import { CliError } from '../errors.ts';
import type { TaskRecord } from '../ring/record.ts';
import { Ring } from '../ring/ring.ts';
import { statusName } from './show-task.ts';

const WHOLE_ID = /^task-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** The wire's statuses from which on nothing changes any more. */
const ENDED = 10;

export interface ChosenTask {
  readonly id: string;
  readonly ring: Ring;
  /** What the ring has of it. */
  readonly record?: TaskRecord | undefined;
  /** How it is described: by the file that was named, or else as the ring has it. */
  readonly described?: DescriptionFile | undefined;
}

/** The ring of whoever is logged in. */
export async function ringOf(context: Context, client: Gaiwan, user: string): Promise<Ring> {
  const instance = client.instance ?? (await client.verify()).frontend.connection.instance;
  return new Ring(context, { instance, user });
}

/** Says which task was meant where the person did not give its id. Rejects with `CliError`. */
export async function chosenTask(
  context: Context,
  { client, user }: { readonly client: Gaiwan; readonly user: string },
  given: string,
): Promise<ChosenTask> {
  const ring = await ringOf(context, client, user);
  if (WHOLE_ID.test(given)) return known(ring, given);
  if (given.endsWith('.toml') || given.includes('/')) return byFile(context, { client, ring }, given);
  const records = recordsOf(context, ring).filter(({ name }) => name === given);
  // An id's beginning is looked for among all.
  const filter = records.length > 0 || given.startsWith('task-') ? {} : { functionNamePrefix: given };
  const summaries = records.length === 1 ? [] : await collect(client.tasks.listAll(filter));
  const ids = records.length > 0 ? records.map(({ task }) => task) : matching(summaries, given);
  const id = onlyOf(given, ids, summaries);
  note(context, `${given} is ${id}.`);
  return known(ring, id);
}

/** Says how many others cannot be read: one of them may be meant. */
function recordsOf(context: Context, ring: Ring): readonly TaskRecord[] {
  const { tasks, damaged } = ring.records();
  if (damaged.length > 0)
    note(
      context,
      `${damaged.length} files of your key ring cannot be used (gaiwan ring list), so their tasks are not known by name: ${damaged.map(({ task }) => task).join(', ')}.`,
    );
  return tasks;
}

/** By the beginning of an id, or by the function. */
function matching(summaries: readonly TaskSummary[], given: string): string[] {
  const isId = given.startsWith('task-');
  return summaries
    .filter(({ taskId, functionName }) => (isId ? taskId.startsWith(given) : functionName === given))
    .map(({ taskId }) => taskId);
}

function onlyOf(given: string, ids: readonly string[], summaries: readonly TaskSummary[]): string {
  const open = ids.filter((id) => (summaries.find(({ taskId }) => taskId === id)?.status ?? 0) < ENDED);
  const [only, ...others] = open.length === 1 ? open : ids;
  if (only !== undefined && others.length === 0) return only;
  if (only === undefined)
    throw new CliError(
      'unknown-name',
      `You have no task that is called ${quoted(given)}. One that somebody else described is named by its file, or by its id: gaiwan tasks list.`,
    );
  const lines = ids.map((id) => {
    const found = summaries.find(({ taskId }) => taskId === id);
    return found ? `${id} (${statusName(found.status)}, by ${found.creator})` : id;
  });
  throw new CliError('ambiguous-name', `${quoted(given)} may be any of ${lines.join('; ')}: give the id.`);
}

function known(ring: Ring, id: string): ChosenTask {
  const record = ring.record(id);
  const text = record?.description;
  return {
    id,
    ring,
    record,
    described: text === undefined ? undefined : parseDescription(text, `${record?.name}.toml`),
  };
}

/** The only task of the user that has not ended and is as the file says; or the one that was joined by this file. */
async function byFile(
  context: Context,
  { client, ring }: { readonly client: Gaiwan; readonly ring: Ring },
  path: string,
): Promise<ChosenTask> {
  const described = readDescription(path);
  const { name } = described.description;
  const records = recordsOf(context, ring).filter((record) => record.name === name);
  const same = records.filter((record) => sameDescription(record, described));
  const summaries = await collect(client.tasks.listAll());
  const ids =
    same.length > 0
      ? same.map(({ task }) => task)
      : (await candidates(client, described, summaries)).map(({ taskId }) => taskId);
  if (same.length === 0 && records.length > 0 && ids.every((id) => records.some(({ task }) => task === id)))
    throw new CliError(
      'description-changed',
      `${path} is not what it was for ${records.map(({ task }) => task).join(', ')}: its SHA-256 is now ${described.sha256}.`,
    );
  const id = onlyOf(path, ids, summaries);
  note(context, `${path} (${name}, SHA-256 ${described.sha256}) describes ${id}.`);
  return { id, ring, record: ring.record(id), described };
}

/** Spaces and comments are nobody's concern. */
function sameDescription(
  { description, name }: TaskRecord,
  { description: wanted }: DescriptionFile,
): boolean {
  if (description === undefined) return false;
  return JSON.stringify(parseDescription(description, `${name}.toml`).description) === JSON.stringify(wanted);
}

async function candidates(
  client: Gaiwan,
  { description }: DescriptionFile,
  summaries: readonly TaskSummary[],
): Promise<Task[]> {
  const open = summaries.filter(
    ({ status, creator, functionName }) =>
      status < ENDED &&
      creator === description.creator &&
      (description.function.name ?? functionName) === functionName,
  );
  const tasks: Task[] = [];
  for (const { taskId } of open) tasks.push(await client.tasks.get(taskId));
  const exact = tasks.filter((task) => taskDifferences(description, task).length === 0);
  const [only, ...others] = tasks;
  if (exact.length === 0 && only && others.length === 0)
    throw new CliError(
      'task-differs',
      `${only.taskId} is not as ${description.name} is described: ${taskDifferences(description, only).join('; ')}.`,
    );
  return exact;
}

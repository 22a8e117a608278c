/** What the methods of management work on, by the ids in their requests. */
import {
  type DataRecord,
  type FunctionRecord,
  type IdPrefix,
  isCodeHidden,
  keyedAmong,
  logReadersOf,
  parseId,
  type TaskRecord,
} from '../../domain/index.ts';
import { refuse, sentText } from '../../errors.ts';
import type { Resource } from '../../pipeline/spec.ts';
import type { AccessResource } from '../../ports.ts';
import { withPresentKeys } from '../../tasks/engine/present-keys.ts';

const dataFacts = ({ id, owners }: DataRecord): AccessResource[] => [{ type: 'Data', id, owners }];

const functionFacts = (record: FunctionRecord): AccessResource[] => {
  const { id, owner, public: open, disabledBy, groups, people } = record;
  const codeHidden = isCodeHidden(record);
  return [{ type: 'Function', id, owner, public: open, codeHidden, disabledBy, groups, people }];
};

const taskFacts = (task: TaskRecord): AccessResource[] => {
  const { id, creator, participants } = task;
  return [{ type: 'Task', id, creator, participants, logReaders: logReadersOf(task) }];
};

type OnData = Resource<{ readonly dataId: string }, DataRecord>;

export const onInput: OnData = { load: (read, { dataId }) => read.data(dataId, 'input'), facts: dataFacts };
export const onOutput: OnData = { load: (read, { dataId }) => read.data(dataId, 'output'), facts: dataFacts };
export const onData: OnData = {
  load: (read, { dataId }) => read.data(dataId, 'input', 'output'),
  facts: dataFacts,
};

export const onFunction: Resource<{ readonly functionId: string }, FunctionRecord> = {
  load: (read, { functionId }) => read.function(functionId),
  facts: functionFacts,
};

/** As Teaclave does of the methods that read an id before they look anything up; all others say that there is nothing of the id. */
export function requireId(text: string, prefix: IdPrefix): void {
  if (parseId(text, prefix) !== undefined) return;
  throw refuse('bad-id', `"${sentText(text)}" is no id: one has the form ${prefix}-<uuid>.`, {
    wire: `Invalid external id: ${sentText(text)}`,
  });
}

export const onFunctionForUpdate: typeof onFunction = {
  ...onFunction,
  load: (read, request, caller) => {
    requireId(request.functionId, 'function');
    return onFunction.load(read, request, caller);
  },
};

export const onTask: Resource<{ readonly taskId: string }, TaskRecord> = {
  load: async (read, { taskId }) => {
    const task = await read.task(taskId);
    return withPresentKeys(task, keyedAmong(await read.accounts(task.participants)));
  },
  facts: taskFacts,
};

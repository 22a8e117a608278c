/** What the methods of management work on, by the ids in their requests. */
import {
  type DataRecord,
  type FunctionRecord,
  isCodeHidden,
  keyedAmong,
  logReadersOf,
  type TaskRecord,
} from '../../domain/index.ts';
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

export const onTask: Resource<{ readonly taskId: string }, TaskRecord> = {
  load: async (read, { taskId }) => {
    const task = await read.task(taskId);
    return withPresentKeys(task, keyedAmong(await read.accounts(task.participants)));
  },
  facts: taskFacts,
};

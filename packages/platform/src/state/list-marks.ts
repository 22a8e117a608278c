/** The marks and rows that lists are read by, made once of what a program without them has kept. */
import type { Key, Store } from '@gaiwan/store';
import { decodeRecord, encodeRecord } from '../domain/codec.ts';
import {
  type DataRecord,
  type FunctionRecord,
  type FunctionVersion,
  functionMarks,
  functionRowOf,
  keys,
  placeOf,
  shownName,
  type TaskRecord,
  taskRowOf,
  type UserRecord,
  userMarks,
} from '../domain/index.ts';
import { readRecord } from './transaction.ts';

interface Put {
  readonly key: Key;
  readonly value: Uint8Array;
}

const mark = (key: Key): Put => ({ key, value: new Uint8Array() });

/** Puts of one commit: far fewer than a batch may have. */
const BATCH = 1000;

/** Before anything is served. Again from the beginning where it was interrupted: it changes nothing that is right. */
export async function openListMarks(store: Store): Promise<void> {
  if (await store.get(keys.listMarks())) return;
  for (const [prefix, marksOf] of kinds(store)) {
    let put: Put[] = [];
    for await (const { key, value } of store.entries(prefix)) {
      put.push(...(await marksOf(key.at(-1) ?? '', value)));
      if (put.length < BATCH) continue;
      await store.commit({ put });
      put = [];
    }
    if (put.length > 0) await store.commit({ put });
  }
  await store.commit({ put: [mark(keys.listMarks())] });
}

type MarksOf = (id: string, value: Uint8Array) => Promise<Put[]> | Put[];

const kinds = (store: Store): readonly (readonly [Key, MarksOf])[] => [
  [keys.users(), (_id, value) => userMarks(decodeRecord<UserRecord>(value)).map(mark)],
  [['function'], (_id, value) => marksOfFunction(store, decodeRecord<FunctionRecord>(value))],
  [['data'], (_id, value) => marksOfData(decodeRecord<DataRecord>(value))],
  [['task'], (_id, value) => marksOfTask(decodeRecord<TaskRecord>(value))],
];

async function marksOfFunction(store: Store, record: FunctionRecord): Promise<Put[]> {
  const version = await readRecord<FunctionVersion>(store, keys.functionVersion(record.version));
  if (!version) throw new Error(`function version ${record.version} is missing in the store`);
  const row = functionRowOf(record, version.definition);
  const put = { key: keys.functionRow(record.id), value: encodeRecord(row) };
  return record.disabledBy === undefined ? [put, ...functionMarks(record, row).map(mark)] : [put];
}

function marksOfData(data: DataRecord): Put[] {
  const name = shownName(data);
  return name === '' ? [] : data.owners.map((owner) => mark(keys.dataName(owner, name, data.id)));
}

function marksOfTask(task: TaskRecord): Put[] {
  const { id } = task;
  return [
    { key: keys.taskRow(id), value: encodeRecord(taskRowOf(task)) },
    ...task.participants.map((user) => mark(keys.userTaskIn(user, placeOf(task, user), id))),
  ];
}

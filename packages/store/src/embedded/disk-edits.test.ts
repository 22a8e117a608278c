/** Rows that somebody deletes, adds, moves or puts back on the disk: noticed when they are read, and at the start. */
import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { rootKeyHandle, unwrapKeys } from '../key-ring.ts';
import { Sealer } from '../sealed.ts';
import type { Batch, Key } from '../store.ts';
import { bytes, text } from '../testing/cases.ts';
import { Database } from './database.ts';
import { GroupCommit } from './group.ts';
import { SealedTables } from './sealed-tables.ts';
import { Tables } from './tables.ts';

const root = rootKeyHandle(randomBytes(32));
let db: Database;
let tables: Tables;
let sealed: SealedTables;
let group: GroupCommit;

/** Holds no rows, so that each read goes to the disk. */
const start = () => new SealedTables(tables, root, 0);
const commit = (batch: Batch) => group.commit([batch])[0];
function sealer(): Sealer {
  return new Sealer(unwrapKeys(root, tables.meta('keys') ?? new Uint8Array()));
}
const key = (...path: string[]) => sealer().blindKey(path);
const log = (name: string) => sealer().blindName('l', name);
const ids = (count: number) => Array.from({ length: count }, (_, index) => String(index));
const value = (id: string) => sealed.get(['user', id])?.value;

/** Users, tasks, deleted users, a queue, logs; `old.*` are copies of the tables from before the last changes. */
beforeEach(() => {
  db = new Database(':memory:');
  tables = new Tables(db);
  sealed = start();
  group = new GroupCommit(sealed);
  const put = ['user', 'task'].flatMap((kind) =>
    ids(40).map((id) => ({ key: [kind, id], value: bytes(`old ${id}`) })),
  );
  commit({
    put,
    queue: ids(6).map((id) => ({ op: 'enqueue', queue: 'work', id, payload: bytes(id) }) as const),
    append: ids(70).map((id) => ({ log: 'events', value: bytes(id) })),
  });
  for (const table of ['entry', 'gone', 'item', 'log', 'meta'])
    db.run(`CREATE TEMP TABLE old_${table} AS SELECT * FROM ${table}`);
  commit({
    put: ids(10).map((id) => ({ key: ['user', id], value: bytes(`new ${id}`) })),
    delete: ids(40)
      .slice(30)
      .map((id) => ['user', id]),
    queue: [
      { op: 'remove', queue: 'work', id: '1' },
      { op: 'lease', queue: 'work', id: '2', token: 0, until: 99 },
    ],
    append: ids(5).map((id) => ({ log: 'usage', value: bytes(id) })),
  });
});

const user = (id: string) => () => sealed.get(['user', id]);
const users = () => sealed.scan(['user'], 100);
const everything = () => sealed.scan([], 1000);
const work = () => sealed.queue('work', 100);
const events = () => sealed.log('events', 0, 100);
/** What `commit` answers with, thrown. */
const committing = (batch: Batch) => () => {
  const outcome = commit(batch);
  if (outcome instanceof Error) throw outcome;
};

type Edit = readonly [what: string, kind: string, edit: () => void, ...reads: (() => unknown)[]];

const run = (sql: string, ...values: Uint8Array[]) => db.run(sql, ...values);
const deleteUser = (id: string) => run('DELETE FROM entry WHERE key = ?', key('user', id));
const move = (from: Key, to: Key) => run('UPDATE entry SET key = ? WHERE key = ?', key(...to), key(...from));

const edits: readonly Edit[] = [
  [
    'an old row put back',
    "'user'",
    () => run('INSERT OR REPLACE INTO entry SELECT * FROM old_entry WHERE key = ?', key('user', '3')),
    user('3'),
    users,
    committing({ expect: [{ key: ['user', '3'], version: 1 }] }),
    committing({ put: [{ key: ['user', '3'], value: bytes('on top') }] }),
  ],
  ['a row deleted', "'user'.*39 records, and 40", () => deleteUser('20'), user('20'), users, everything],
  [
    'a row deleted, expected to be absent',
    "'user'",
    () => deleteUser('20'),
    committing({ expect: [{ key: ['user', '20'], version: 0 }] }),
    committing({ put: [{ key: ['user', '20'], value: bytes('again') }] }),
    committing({ delete: [['user', '20']] }),
  ],
  [
    'all rows of a kind deleted',
    "'user'",
    () => run('DELETE FROM entry WHERE substr(key, 1, 16) = ?', key('user')),
    user('0'),
    user('never'),
    users,
    everything,
    () => sealed.scan(['user'], 1),
  ],
  [
    'a row under a second key',
    "'user'",
    () =>
      run(
        'INSERT INTO entry SELECT ?, head, body FROM entry WHERE key = ?',
        key('user', 'twin'),
        key('user', '5'),
      ),
    user('twin'),
    users,
  ],
  [
    'a row under a key of another kind',
    "'task'",
    () =>
      run(
        'INSERT INTO entry SELECT ?, head, body FROM entry WHERE key = ?',
        key('task', 'twin'),
        key('user', '5'),
      ),
    () => sealed.get(['task', 'twin']),
    () => sealed.scan(['task'], 100),
  ],
  [
    'a row under a key of no kind',
    'other kinds',
    () =>
      run(
        'INSERT INTO entry SELECT ?, head, body FROM entry WHERE key = ?',
        randomBytes(32),
        key('user', '5'),
      ),
    everything,
  ],
  [
    'two rows swapped',
    "'user'",
    () => {
      move(['user', '5'], ['user', 'between']);
      move(['user', '6'], ['user', '5']);
      move(['user', 'between'], ['user', '6']);
    },
    user('5'),
    users,
  ],
  ['a row moved', "'user'", () => move(['user', '5'], ['user', 'elsewhere']), users, user('5')],
  [
    'another version',
    "'user'",
    () =>
      run(
        "UPDATE entry SET head = cast(x'0000000000000009' || substr(head, 9) AS BLOB) WHERE key = ?",
        key('user', '5'),
      ),
    user('5'),
    committing({ expect: [{ key: ['user', '5'], version: 9 }] }),
  ],
  [
    'a deleted row put back',
    "'user'",
    () => {
      run('INSERT INTO entry SELECT * FROM old_entry WHERE key = ?', key('user', '35'));
      run('DELETE FROM gone WHERE key = ?', key('user', '35'));
    },
    user('35'),
    users,
  ],
  [
    'a deleted key forgotten',
    "'user'",
    () => run('DELETE FROM gone WHERE key = ?', key('user', '35')),
    committing({ put: [{ key: ['user', '35'], value: bytes('again') }] }),
  ],
  ['all entries gone', "'(task|user)'", () => run('DELETE FROM entry'), user('0'), users],
  [
    'all deleted keys forgotten',
    "'user'",
    () => run('DELETE FROM gone'),
    committing({ put: [{ key: ['user', '35'], value: bytes('again') }] }),
  ],
  [
    'a log cut at its end',
    "'log'",
    () => run('DELETE FROM log WHERE log = ? AND position > 66', log('events')),
    events,
    () => sealed.logLength('events'),
    () => sealed.log('events', 66, 1),
    committing({ append: [{ log: 'events', value: bytes('next') }] }),
  ],
  [
    'a log cut in its middle',
    "'log'",
    () => {
      run('DELETE FROM log WHERE log = ? AND position = 40', log('events'));
    },
    events,
    () => sealed.log('events', 33, 1),
  ],
  [
    'entries of a log swapped',
    "'log'",
    () => {
      for (const [from, to] of [
        [3, 1000],
        [4, 3],
        [1000, 4],
      ])
        run(`UPDATE log SET position = ${to} WHERE position = ${from} AND log = ?`, log('events'));
    },
    events,
  ],
  [
    'a log with an entry of another',
    "'log'",
    () =>
      run(
        'INSERT INTO log SELECT ?, 5, head, body FROM log WHERE log = ? AND position = 5',
        log('usage'),
        log('events'),
      ),
    () => sealed.log('usage', 0, 100),
    () => sealed.logLength('usage'),
    committing({ append: [{ log: 'usage', value: bytes('next') }] }),
  ],
  [
    'a log gone',
    "'log'",
    () => run('DELETE FROM log WHERE log = ?', log('usage')),
    () => sealed.log('usage', 0, 9),
  ],
  [
    'all logs gone',
    "'log'.*0 records, and 75",
    () => run('DELETE FROM log'),
    events,
    () => sealed.logLength('events'),
  ],
  [
    'a log that nobody wrote',
    "'log'",
    () => run('UPDATE log SET log = ? WHERE log = ?', log('other'), log('usage')),
    () => sealed.logLength('other'),
    () => sealed.log('other', 0, 1),
  ],
  [
    'an item taken out',
    "'queue'",
    () => run('DELETE FROM item WHERE seq = 1'),
    work,
    () => sealed.queue('work', 1),
    committing({ queue: [{ op: 'lease', queue: 'work', id: '0', token: 0, until: 9 }] }),
    committing({ queue: [{ op: 'remove', queue: 'work', id: '0' }] }),
    committing({ queue: [{ op: 'enqueue', queue: 'work', id: '0' }] }),
  ],
  [
    'a removed item put back',
    "'queue'",
    () => run('INSERT INTO item SELECT * FROM old_item WHERE seq = 2'),
    work,
    committing({ queue: [{ op: 'lease', queue: 'work', id: '1', token: 0, until: 9 }] }),
  ],
  [
    'an older lease put back',
    "'queue'",
    () => run('INSERT OR REPLACE INTO item SELECT * FROM old_item WHERE seq = 3'),
    work,
    committing({ queue: [{ op: 'lease', queue: 'work', id: '2', token: 0, until: 9 }] }),
  ],
  [
    'all items gone',
    "'queue'.*0 records, and 5",
    () => run('DELETE FROM item'),
    work,
    () => sealed.queue('work', 1),
  ],
];

const cases = edits.map(([what, kind, edit, ...reads]) => ({ what, kind, edit, reads }));

const stateTampered = (kind: string) =>
  expect.objectContaining({ code: 'state-tampered', message: expect.stringMatching(kind) });

describe('at the start', () => {
  it.each(cases)('$what', ({ kind, edit }) => {
    start();
    edit();
    expect(start).toThrow(stateTampered(kind));
  });

  it.each([
    ['an old root', () => run("INSERT OR REPLACE INTO meta SELECT * FROM old_meta WHERE name = 'root'")],
    ['no root', () => run("DELETE FROM meta WHERE name = 'root'")],
    ['a root of other bytes', () => run("UPDATE meta SET sealed = zeroblob(200) WHERE name = 'root'")],
    ['rows without keys', () => run("DELETE FROM meta WHERE name = 'keys'")],
    ['no keys and no root, and rows', () => run('DELETE FROM meta')],
    [
      'a root without rows',
      () => {
        for (const table of ['entry', 'gone', 'item', 'log']) run(`DELETE FROM ${table}`);
      },
    ],
    ['a key of another type', () => run("INSERT INTO entry VALUES ('text', x'00', x'00')")],
    ['a head of another length', () => run("INSERT INTO gone VALUES (?, x'00')", key('user', 'x'))],
    ['an empty key', () => run("INSERT INTO gone VALUES (x'', x'0000000000000001')")],
  ])('%s', (_, edit) => {
    edit();
    expect(start).toThrow(expect.objectContaining({ code: 'state-tampered' }));
  });
});

describe('while it runs', () => {
  it.each(cases)('$what', ({ kind, edit, reads }) => {
    edit();
    for (const read of reads) expect(read).toThrow(stateTampered(kind.replace(/\..*/, '')));
  });

  it('other kinds are served as before, and a batch that meets what is tampered is undone whole', () => {
    deleteUser('20');
    const before = sealed.head();
    const task = { key: ['task', '5'], value: bytes('changed') };
    const both = {
      put: [task, { key: ['user', '20'], value: bytes('again') }],
      append: [{ log: 'events', value: bytes('x') }],
    };
    expect(commit(both)).toMatchObject({ code: 'state-tampered' });
    expect(text(sealed.get(['task', '5'])?.value)).toBe('old 5');
    expect(sealed.logLength('events')).toBe(70);
    expect(sealed.head()).toEqual(before);
    expect(commit({ put: [task] })).toEqual([2]);
    expect(sealed.scan(['task'], 100).entries).toHaveLength(40);
    expect(work()).toHaveLength(5);
    expect(events()).toHaveLength(70);
  });
});

describe('a write that does not find its row, which is held in memory, is not acknowledged:', () => {
  it.each([
    ['a put', () => deleteUser('20'), { put: [{ key: ['user', '20'], value: bytes('on top') }] }],
    ['a delete', () => deleteUser('20'), { delete: [['user', '20']] }],
    [
      'a put of a deleted key',
      () => run('DELETE FROM gone WHERE key = ?', key('user', '35')),
      { put: [{ key: ['user', '35'], value: bytes('again') }] },
    ],
    [
      'a delete of what is deleted there',
      () => run("INSERT INTO gone VALUES (?, x'0000000000000009')", key('user', '20')),
      { delete: [['user', '20']] },
    ],
  ])('%s', (_, edit, batch) => {
    sealed = new SealedTables(tables, root);
    group = new GroupCommit(sealed);
    everything();
    // Asks for deleted keys all over the table.
    expect(commit({ delete: ids(200).map((id) => ['user', `none ${id}`]) })).toEqual([]);
    const before = sealed.head();
    edit();
    const task = { put: [{ key: ['task', '5'], value: bytes('changed') }] };
    expect(group.commit([batch, task])).toMatchObject([{ code: expect.stringMatching(/tampered$/) }, [2]]);
    expect(sealed.head().commits).toBe(before.commits + 1);
  });
});

describe('without an edit', () => {
  it('nothing is reported, also after transactions that fail', () => {
    const failing = {
      expect: [{ key: ['user', '0'], version: 7 }],
      put: [{ key: ['user', 'x'], value: bytes('') }],
    };
    const half = {
      queue: [
        { op: 'enqueue', queue: 'work', id: 'new' },
        { op: 'lease', queue: 'work', id: 'nobody', token: 0, until: 9 },
      ] as const,
      put: [{ key: ['new', 'x'], value: bytes('') }],
    };
    expect(group.commit([failing, half, { put: [{ key: ['user', 'y'], value: bytes('y') }] }])).toMatchObject(
      [{ code: 'conflict' }, { code: 'conflict' }, [1]],
    );
    expect(() =>
      group.write(() => {
        sealed.apply({ put: [{ key: ['user', '1'], value: bytes('lost') }], delete: [['task', '1']] });
        throw new Error('the disk failed');
      }),
    ).toThrow('the disk failed');
    expect(text(value('1'))).toBe('new 1');
    expect(sealed.get(['task', '1'])).toBeDefined();
    sealed = start();
    expect(users().entries).toHaveLength(31);
    expect(everything().entries).toHaveLength(71);
    expect(text(value('y'))).toBe('y');
    expect(work().map(({ id }) => id)).toEqual(['0', '2', '3', '4', '5']);
  });

  it('the head tells each commit from the ones before, and is the same after a start', () => {
    const before = sealed.head();
    commit({ put: [{ key: ['user', '1'], value: bytes('x') }] });
    const after = sealed.head();
    expect(after.commits).toBe(before.commits + 1);
    expect([before.epoch, after.epoch]).toEqual([1, 1]);
    expect(after.digest).not.toEqual(before.digest);
    expect(commit({ expect: [{ key: ['user', '1'], version: 1 }] })).toMatchObject({ code: 'conflict' });
    expect(sealed.head()).toEqual(after);
    expect(start().head()).toEqual(after);
  });

  it('kinds beyond those that have sums of their own share one', () => {
    for (const id of ids(100)) commit({ put: [{ key: [`kind ${id}`, 'a'], value: bytes(id) }] });
    sealed = start();
    expect(text(sealed.get(['kind 99', 'a'])?.value)).toBe('99');
    run('DELETE FROM entry WHERE key = ?', key('kind 99', 'a'));
    expect(() => sealed.get(['kind 99', 'a'])).toThrow(stateTampered('other kinds'));
    expect(start).toThrow(stateTampered('other kinds'));
  });
});

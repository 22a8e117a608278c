/** Whoever can write the disk deletes, cuts and puts back single rows between a stop and a start: the platform does not start over it. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestPlatform } from '../support/platform.ts';

const USERS = 9;

let platform: TestPlatform;
let task: string;
const store = () => join(platform.folder, 'data', 'store', 'store.sqlite');
const copy = (name: string) => join(platform.folder, `${name}.sqlite`);

/**
 * Of the kind of record with this many rows, the longest of them: what its blinded keys begin with. The attacker knows numbers and sizes,
 * and no names; marks and rows for lists of users are as many as users, and shorter.
 */
function prefixOf(rows: number): string {
  const db = new DatabaseSync(store(), { readOnly: true });
  try {
    const groups = db
      .prepare(
        'SELECT hex(substr(key, 1, 16)) AS prefix FROM entry GROUP BY 1 HAVING count(*) = ? ORDER BY sum(length(body)) DESC',
      )
      .all(rows);
    expect(groups.length).toBeGreaterThan(0);
    return String(groups[0]?.['prefix']);
  } finally {
    db.close();
  }
}

beforeAll(async () => {
  platform = await TestPlatform.start(['--workers', '1', '--executors', 'builtin']);
  const admin = await platform.admin();
  for (let n = 1; n < USERS; n++)
    await admin.users.register({
      id: `user-${n}`,
      password: 'a test password',
      role: 'DataOwner',
      attribute: '',
    });
  const functionId = await admin.functions.register({
    name: 'builtin-echo',
    executorType: 'builtin',
    public: true,
    arguments: [{ key: 'message', allowOverwrite: true }],
  });
  task = await admin.tasks.create({ functionId, arguments: { message: 'done' }, executor: 'builtin' });
  await admin.tasks.approve(task, (await admin.tasks.manifest(task)).digest);
  await admin.tasks.invoke(task);
  await admin.tasks.result(task);
  admin.close();
  await platform.kill('SIGTERM');
  copyFileSync(store(), copy('old'));
  await platform.boot();
  const again = await platform.admin();
  await again.users.changePassword('another test password');
  again.close();
  await platform.kill('SIGTERM');
  copyFileSync(store(), copy('newest'));
});
afterAll(() => platform.stop());

const users = () => `substr(key, 1, 16) = x'${prefixOf(USERS)}'`;

it.each<[string, string, () => string]>([
  ['all users deleted, for a new first administrator', 'user', () => `DELETE FROM entry WHERE ${users()}`],
  [
    'one user deleted',
    'user',
    () => `DELETE FROM entry WHERE key = (SELECT min(key) FROM entry WHERE ${users()})`,
  ],
  [
    'the row of the old password put back',
    'user',
    () => `INSERT OR REPLACE INTO entry SELECT * FROM old.entry WHERE ${users()}`,
  ],
  ['all logs deleted', 'log', () => 'DELETE FROM log'],
  ['the end of a log cut', 'log', () => 'DELETE FROM log WHERE position = (SELECT max(position) FROM log)'],
])('%s', async (_, kind, sql) => {
  copyFileSync(copy('newest'), store());
  const edit = sql();
  const db = new DatabaseSync(store());
  db.exec(`ATTACH '${copy('old')}' AS old; ${edit}`);
  const { changed } = db.prepare('SELECT changes() AS changed').get() ?? {};
  db.close();
  expect(changed).toBeGreaterThan(0);
  const start = platform.boot().then(() => platform.kill());
  await expect(start).rejects.toThrow(/data-folder-state-tampered/);
  await expect(start).rejects.toThrow(new RegExp(`kind '${kind}'`));
});

it('what nobody edited starts, and has everything', async () => {
  copyFileSync(copy('newest'), store());
  await platform.boot();
  const admin = await platform.connect('admin', 'another test password');
  expect(Buffer.from((await admin.tasks.result(task)).returnValue).toString()).toBe('done');
  admin.close();
});

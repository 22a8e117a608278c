/** L6: what was acknowledged before a kill -9 is in the audit log after it. */
import { randomBytes } from 'node:crypto';
import type { Gaiwan } from '@gaiwan/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { NO_WORKER, TestPlatform } from '../support/platform.ts';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await TestPlatform.start(NO_WORKER);
});
afterAll(async () => platform.stop());

/** A kill takes several seconds. */
const KILLS = Math.ceil(Number(process.env['GAIWAN_TEST_KILLS']) / 4);
const BANKS = ['bank0', 'bank1', 'bank2', 'bank3'];
/** Acknowledged calls, by "user method result". */
const acknowledged = new Map<string, number>();
const note = (user: string, method: string, result = true) => {
  const what = `${user} ${method} ${result}`;
  acknowledged.set(what, (acknowledged.get(what) ?? 0) + 1);
};

const invoked = () => acknowledged.get('bank0 invoke_task true') ?? 0;

/** One user's calls: each answer that arrives is noted, the first lost connection ends it. */
async function load(id: string, client: Gaiwan, functionId: string): Promise<void> {
  for (let round = 0; ; round++) {
    const key = { scheme: 'aes-gcm-256' as const, key: randomBytes(32), iv: randomBytes(12) };
    const url = `data:text/plain;base64,${randomBytes(16).toString('base64')}`;
    const input = await client.data.registerInput({ url, tag: randomBytes(16), key });
    note(id, 'register_input_file');
    const task = await client.tasks.create({ functionId, executor: 'builtin', inputs: { in: [id] } });
    note(id, 'create_task');
    await client.tasks.assign(task, { inputs: { in: input } });
    note(id, 'assign_data');
    await client.tasks.approve(task, (await client.tasks.manifest(task)).digest);
    note(id, 'approve_manifest');
    await client.tasks.invoke(task);
    note(id, 'invoke_task');
    await client.tasks.cancel(task);
    note(id, 'cancel_task');
    // Fewer in a minute than are written one by one.
    if (round % 10 !== 0) continue;
    const twice = await client.tasks.cancel(task).then(
      () => 'done',
      (error: { code?: string }) => error.code,
    );
    if (twice !== 'not-cancelable') throw new Error(`canceled twice: ${twice}`);
    note(id, 'cancel_task', false);
    (await platform.connect(id)).close();
    note(id, 'user_login');
  }
}

/** An administrator's: accounts that come and go. */
async function manage(admin: Gaiwan, kill: number): Promise<void> {
  for (let round = 0; ; round++) {
    const id = `guest${kill}x${round}`;
    await admin.users.register({ id, password: 'a test password', role: 'DataOwner', attribute: 'guests' });
    note('admin', 'user_register');
    await admin.users.delete(id);
    note('admin', 'delete_user');
  }
}

it.each([KILLS])('L6: what was acknowledged is in the log after each of %i kills under load', async () => {
  let admin = await platform.admin();
  const functionId = await admin.functions.register({
    name: 'builtin-echo',
    executorType: 'builtin',
    public: true,
    inputs: [{ name: 'in' }],
  });
  for (const id of BANKS) (await platform.user(id)).close();
  for (let kill = 0; kill < KILLS; kill++) {
    const clients = await Promise.all(BANKS.map((id) => platform.connect(id)));
    const before = invoked();
    const running = Promise.allSettled([
      ...BANKS.map((id, index) => load(id, clients[index] as Gaiwan, functionId)),
      manage(admin, kill),
    ]);
    await expect.poll(() => invoked(), { interval: 5 }).toBeGreaterThan(before + 5);
    await platform.kill('SIGKILL');
    for (const client of [...clients, admin]) client.close();
    await running;
    await platform.boot();
    admin = await platform.admin();
    let checked = 0;
    for (const [what, count] of acknowledged) {
      const [user, method, result] = what.split(' ');
      const query = `user:${user} AND message:${method} AND result:${result}`;
      const logged = (await admin.auditLogs(query, 1000)).length;
      expect(logged, what).toBeGreaterThanOrEqual(count);
      checked += count;
    }
    console.log(`${checked} acknowledged operations of ${acknowledged.size} kinds are in the audit log`);
  }
  // A start follows on a start, without a stop between: a crash.
  const told = (await admin.auditLogs('user:operator AND (start OR stop)', 1000)).map(
    ({ message }) => message,
  );
  expect(told.map((message) => message.split(':')[0])).toEqual(
    Array.from({ length: KILLS + 1 }, () => 'start'),
  );
});

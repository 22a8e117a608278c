import { randomBytes, randomInt } from 'node:crypto';
import type { Gaiwan } from '@gaiwan/client';
import { encrypt } from '@gaiwan/files';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestPlatform } from './support/platform.ts';
import { approveAll, prepare } from './support/three-banks.ts';

const start = () => TestPlatform.start(['--workers', '2', '--executors', 'builtin']);
let platform: TestPlatform;
beforeAll(async () => {
  platform = await start();
});
afterAll(async () => platform.stop());

const KILLS = Number(process.env['GAIWAN_TEST_KILLS']);
/** Of one platform. */
const EACH = Math.min(KILLS, 10);
const ENDED = 10;

/** A few bytes under a key of their own. */
async function encryptedInput() {
  const key = { scheme: 'aes-gcm-256' as const, key: randomBytes(32), iv: randomBytes(12) };
  const parts: Uint8Array[] = [];
  const sink = { write: (part: Uint8Array) => void parts.push(Buffer.from(part)) };
  const { tag } = await encrypt([Buffer.from('input')], sink, { key });
  return { url: `data:text/plain;base64,${Buffer.concat(parts).toString('base64')}`, tag, key };
}

describe('kill -9 of a worker', () => {
  it('in the middle of a task: another finishes it', async () => {
    const scenario = await prepare(platform);
    await approveAll(scenario);
    await expect.poll(() => platform.workers().length).toBe(2);
    // Both are stopped, so that whoever gets the lease has it and does not finish; then both die.
    const first = platform.workers();
    for (const pid of first) process.kill(pid, 'SIGSTOP');
    await scenario.analyst.tasks.invoke(scenario.taskId);
    await expect.poll(async () => (await scenario.analyst.tasks.get(scenario.taskId)).status).toBe(4);
    for (const pid of first) process.kill(pid, 'SIGKILL');
    const result = await scenario.analyst.tasks.result(scenario.taskId);
    expect(Buffer.from(result.returnValue).toString()).toBe('3 users join the task in total.');
    for (const pid of platform.workers()) expect(first).not.toContain(pid);
  });
});

describe(`kill -9 of the platform at ${KILLS} random moments of a running load`, () => {
  const rounds = Array.from({ length: Math.ceil(KILLS / EACH) }, (_, round) => round);
  it.each(rounds)('loses nothing acknowledged and does nothing twice (%i)', async (round) => {
    if (round > 0) {
      await platform.stop();
      platform = await start();
    }
    const acknowledged = {
      inputs: new Set<string>(),
      created: new Map<string, string>(),
      approved: new Set<string>(),
      invoked: new Set<string>(),
      invokedTwice: new Set<string>(),
      results: new Map<string, string>(),
    };
    let admin = await platform.admin();
    const functionId = await admin.functions.register({
      name: 'builtin-echo',
      executorType: 'builtin',
      public: true,
      arguments: [{ key: 'message', allowOverwrite: true }],
      inputs: [{ name: 'unused', optional: true }],
    });

    /** One user's loop: each answer that arrives is noted, the first error ends it. */
    const load = async (client: Gaiwan): Promise<void> => {
      for (;;) {
        const input = await client.data.registerInput(await encryptedInput());
        acknowledged.inputs.add(input);
        const message = randomBytes(8).toString('hex');
        // Half of them have two runs to be torn apart.
        const repeat = acknowledged.created.size % 2 === 1;
        const task = await client.tasks.create({
          functionId,
          arguments: { message },
          executor: 'builtin',
          inputs: { unused: ['admin'] },
          repeat,
        });
        acknowledged.created.set(task, message);
        await client.tasks.assign(task, { inputs: { unused: input } });
        await client.tasks.approve(task, (await client.tasks.manifest(task)).digest);
        acknowledged.approved.add(task);
        await client.tasks.invoke(task);
        acknowledged.invoked.add(task);
        if (repeat) acknowledged.invokedTwice.add(task);
        const { returnValue } = await client.tasks.result(task);
        acknowledged.results.set(task, Buffer.from(returnValue).toString());
      }
    };

    for (let kill = 0; kill < EACH; kill++) {
      const before = { inputs: acknowledged.inputs.size, results: acknowledged.results.size };
      const running = Promise.allSettled([1, 2, 3, 4].map(() => load(admin)));
      // A random moment after the first registration, or after the first result, of this round.
      await expect.poll(() => acknowledged.inputs.size, { interval: 5 }).toBeGreaterThan(before.inputs);
      if (kill % 2 === 1)
        await expect.poll(() => acknowledged.results.size, { interval: 5 }).toBeGreaterThan(before.results);
      if (kill === EACH - 1)
        await expect.poll(() => acknowledged.invokedTwice.size, { interval: 5 }).toBeGreaterThan(0);
      // oxlint-disable-next-line tests/no-sleep -- any moment
      await new Promise((resolve) => setTimeout(resolve, randomInt(0, 300)));
      await platform.kill('SIGKILL');
      admin.close();
      await running;
      await platform.boot();
      admin = await platform.admin();
    }

    // Everything that was invoked comes to an end by itself.
    let twice = 0;
    for (const task of acknowledged.invoked) {
      const { returnValue } = await admin.tasks.result(task);
      expect(Buffer.from(returnValue).toString()).toBe(acknowledged.created.get(task));
      const { repeat, runs } = await admin.tasks.report(task);
      expect(runs).toHaveLength(repeat ? 2 : 1);
      expect(new Set(runs.map(({ worker }) => worker)).size).toBe(runs.length);
      if (repeat) twice++;
    }
    expect(twice).toBeGreaterThan(0);
    let lost = 0;
    for (const input of acknowledged.inputs) {
      if (!(await admin.data.getInput(input)).owners.includes('admin')) lost++;
    }
    for (const task of acknowledged.approved) {
      if (!(await admin.tasks.get(task)).approvedUsers.includes('admin')) lost++;
    }
    for (const [task, result] of acknowledged.results) {
      const { returnValue } = await admin.tasks.result(task);
      if (Buffer.from(returnValue).toString() !== result) lost++;
    }
    // Each invocation is charged once: as many charges as tasks that got beyond their approval, acknowledged or not.
    const statuses = new Map<string, number>();
    for await (const task of admin.tasks.listAll()) {
      expect(statuses.has(task.taskId)).toBe(false);
      statuses.set(task.taskId, task.status);
    }
    const invoked = [...statuses.values()].filter((status) => status >= 3).length;
    const { usage } = await admin.functions.usage(functionId);
    console.log(
      `${EACH} kills: ${acknowledged.inputs.size} registrations, ${acknowledged.created.size} tasks, ` +
        `${acknowledged.approved.size} approvals, ${acknowledged.invoked.size} invocations, ` +
        `${acknowledged.results.size} results acknowledged, ${twice} of tasks that run twice; ${lost} lost; ${usage} charged, ${invoked} invoked`,
    );
    expect(lost).toBe(0);
    for (const task of acknowledged.created.keys()) expect(statuses.has(task)).toBe(true);
    for (const task of acknowledged.invoked) expect(statuses.get(task)).toBe(ENDED);
    expect(usage).toBe(invoked);
    expect(acknowledged.results.size).toBeGreaterThanOrEqual(Math.floor(EACH / 2));
    admin.close();
  });
});

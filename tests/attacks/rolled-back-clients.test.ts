/** Somebody with the disk puts an older copy of a whole data folder back. The platform cannot know; whoever saw the newer one does. */
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type Gaiwan, stateFolder } from '@gaiwan/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gaiwan } from '../../packages/cli/src/testing/run.ts';
import { gaiwanHere } from '../../packages/cli/src/testing/run-here.ts';
import { NO_WORKER, TestPlatform, temporaryFolder } from '../support/platform.ts';

const env = { GAIWAN_HOME: temporaryFolder(), GAIWAN_PASSWORD: 'a test password' };
const states = stateFolder(join(env.GAIWAN_HOME, 'states'));
const CONFIGURATION = ['--executors', 'builtin'];
let platform: TestPlatform;
beforeAll(async () => {
  platform = await TestPlatform.start([...CONFIGURATION, ...NO_WORKER]);
  (await platform.user('alice')).close();
});
afterAll(async () => {
  await platform.stop();
  rmSync(env.GAIWAN_HOME, { recursive: true, force: true });
});

const data = () => join(platform.folder, 'data');
const copy = () => join(platform.folder, 'copy');

async function login(more: readonly string[] = [], as = env) {
  const { authentication, frontend, machine, policy } = platform;
  const trust = ['--simulation', machine, '--policy', policy];
  const at = ['--authentication', authentication, '--frontend', frontend];
  const { code, stdout, stderr } = await gaiwanHere(
    ['login', ...at, ...trust, '--user', 'alice', '--json', ...more],
    { env: as },
  );
  // What it prints as JSON, in one form or the other.
  if (code !== 0) return { refused: (JSON.parse(stderr) as { error: { code: string } }).error.code };
  return JSON.parse(stdout.toString()) as { epoch: number; commits: number; instance: string };
}

const program = (memory = states): Promise<Gaiwan> => {
  const { authentication, frontend, trust, instance } = platform;
  return connect({ authentication, frontend, trust, instance, states: memory });
};

describe('an older copy of the whole data folder', () => {
  it('is refused by whoever saw a newer state, however much is done to it since', async () => {
    await platform.kill('SIGTERM');
    cpSync(data(), copy(), { recursive: true });
    await platform.boot();
    expect(await login()).toMatchObject({ epoch: 1, instance: platform.instance });
    const atLogin = await states.read(platform.instance);
    using admin = await platform.admin();
    await admin.users.register({ id: 'anna', password: 'x', role: 'DataOwner', attribute: 'anna' });
    expect((await gaiwanHere(['tasks', 'list', '--json'], { env })).code).toBe(0);
    const seen = await states.read(platform.instance);
    expect(seen?.commits).toBeGreaterThan(atLogin?.commits ?? Number.POSITIVE_INFINITY);
    await platform.kill();

    rmSync(data(), { recursive: true });
    cpSync(copy(), data(), { recursive: true });
    await platform.boot();
    expect(await login()).toEqual({ refused: 'state-older' });
    using older = await program();
    await expect(older.login('alice', env.GAIWAN_PASSWORD)).rejects.toMatchObject({ code: 'state-older' });

    // Others, who saw nothing, go on with it, until it has more commits than there ever were.
    using stranger = await platform.admin();
    for (let user = 0; (await stranger.state()).commits <= (seen?.commits ?? 0); user++)
      await stranger.users.register({ id: `user-${user}`, password: 'x', role: 'DataOwner', attribute: 'x' });
    using forked = await program();
    await expect(forked.verify()).rejects.toMatchObject({ code: 'state-forked' });
    expect(await states.read(platform.instance)).toEqual(seen);
  });

  it('that its operator recovers is in a new epoch, which each person accepts by its number', async () => {
    const own = { ...env, GAIWAN_HOME: temporaryFolder() };
    const memory = stateFolder(join(own.GAIWAN_HOME, 'states'));
    using before = await program(memory);
    const { epoch } = await before.state();
    await platform.kill('SIGTERM');
    const machine = ['--tee', 'simulation', '--simulation', platform.machine, ...CONFIGURATION];
    const recovered = await gaiwan(['recover', '--data', data(), ...machine, '--json']);
    expect(recovered.code, recovered.stderr).toBe(0);
    await platform.boot();
    using refused = await program(memory);
    await expect(refused.login('alice', env.GAIWAN_PASSWORD)).rejects.toMatchObject({
      code: 'state-new-epoch',
    });
    expect(await login(['--accept-epoch', String(epoch + 1)], own)).toMatchObject({ epoch: epoch + 1 });
    using accepted = await program(memory);
    expect(await accepted.state()).toMatchObject({ epoch: epoch + 1 });
    rmSync(own.GAIWAN_HOME, { recursive: true });
  });

  it('is not what a restart, or a kill, looks like', async () => {
    const other = stateFolder(join(platform.folder, 'other-states'));
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      using admin = await platform.admin();
      await admin.users.register({ id: signal, password: 'x', role: 'DataOwner', attribute: 'x' });
      using client = await program(other);
      await client.state();
      await platform.kill(signal);
      await platform.boot();
    }
    using client = await program(other);
    await client.state();
  });
});

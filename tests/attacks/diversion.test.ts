/** A client means one platform and is led to another, as genuine, that runs the same program for somebody else. */
import { connect } from '@gaiwan/client';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { gaiwanHere } from '../../packages/cli/src/testing/run-here.ts';
import { recordTo } from '../../packages/trust/src/testing/recorder.ts';
import { NO_WORKER, TestPlatform, temporaryFolder } from '../support/platform.ts';
import { type Genuine, genuineService, PASSWORD } from '../support/thief.ts';

describe('another genuine instance', () => {
  let meant: Genuine;
  let other: Genuine;
  beforeAll(async () => {
    meant = await genuineService();
    other = await genuineService(meant.machine);
  });
  afterAll(async () => {
    await other.close();
    await meant.close();
  });
  const at = ({ url }: Genuine) => ({ authentication: url, frontend: url });

  it('is refused where the one that is meant was named', async () => {
    const { trust, instance } = meant;
    using client = await connect({ ...at(other), trust, instance });
    await expect(client.login('alice', PASSWORD)).rejects.toMatchObject({ code: 'wrong-instance' });
    await expect(client.verify()).rejects.toMatchObject({ code: 'wrong-instance' });
    using right = await connect({ ...at(meant), trust, instance: instance.toUpperCase() });
    await right.login('alice', PASSWORD);
  });

  it('is refused where another was seen before', async () => {
    let target = meant.port;
    const way = await recordTo(() => target);
    onTestFinished(() => way.close());
    const url = `https://127.0.0.1:${way.port}`;
    using client = await connect({ authentication: url, frontend: meant.url, trust: meant.trust });
    await client.login('alice', PASSWORD);
    target = other.port;
    way.cut();
    // The client may learn only by the first call that its connection is gone.
    await expect
      .poll(() => client.login('alice', PASSWORD).catch((error: unknown) => error))
      .toMatchObject({ code: 'wrong-instance' });
    expect(client.instance).toBe(meant.instance);
  });

  it('is refused at one of the two ports', async () => {
    const mixed = { authentication: meant.url, frontend: other.url };
    using client = await connect({ ...mixed, trust: meant.trust });
    await expect(client.verify()).rejects.toMatchObject({ code: 'wrong-instance' });
  });

  it.each(['', 'x', '1a'.repeat(31), '1a'.repeat(33), `${'1a'.repeat(31)}zz`])(
    'cannot be named %j',
    async (instance) => {
      await expect(connect({ ...at(meant), trust: meant.trust, instance })).rejects.toMatchObject({
        code: 'bad-connection-options',
      });
    },
  );
});

describe('a person that logged in before', () => {
  let meant: TestPlatform;
  let other: TestPlatform;
  beforeAll(async () => {
    meant = await TestPlatform.start(NO_WORKER);
    // The same program on the same machine: all that it measures is the same.
    other = await TestPlatform.start(NO_WORKER, { machine: meant.machine });
    for (const platform of [meant, other]) (await platform.user('alice')).close();
  });
  afterAll(async () => {
    await other.stop();
    await meant.stop();
  });

  it('is told that this is another instance, until they name it', async () => {
    const portOf = (url: string) => Number(new URL(url).port);
    let target = meant;
    const authentication = await recordTo(() => portOf(target.authentication));
    const frontend = await recordTo(() => portOf(target.frontend));
    onTestFinished(async () => {
      await authentication.close();
      await frontend.close();
    });
    const env = { GAIWAN_HOME: temporaryFolder(), GAIWAN_PASSWORD: 'a test password' };
    const at = ({ port }: { readonly port: number }) => `https://127.0.0.1:${port}`;
    const trust = ['--simulation', meant.machine, '--policy', meant.policy];
    const login = (...more: readonly string[]) =>
      gaiwanHere(
        [
          'login',
          '--authentication',
          at(authentication),
          '--frontend',
          at(frontend),
          '--user',
          'alice',
          '--json',
          ...more,
        ],
        { env },
      );

    const first = await login(...trust);
    expect(first.code, first.stderr).toBe(0);
    const { instance } = JSON.parse(first.stdout.toString()) as { instance: string };
    expect(instance).toBe(meant.instance);
    const again = await login();
    expect(again.code, again.stderr).toBe(0);

    target = other;
    for (const attempt of [login(), login(...trust), gaiwanHere(['tasks', 'list', '--json'], { env })]) {
      const { code, stderr } = await attempt;
      expect(code).not.toBe(0);
      expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'wrong-instance' } });
    }
    const attest = await gaiwanHere(
      ['attest', '--address', `127.0.0.1:${frontend.port}`, ...trust, '--json'],
      {
        env,
      },
    );
    const shown = (JSON.parse(attest.stdout.toString()) as { instance: string }).instance;
    expect(shown).toBe(other.instance);
    expect(shown).not.toBe(meant.instance);

    const named = await login('--instance', shown);
    expect(named.code, named.stderr).toBe(0);
    const listed = await gaiwanHere(['tasks', 'list', '--json'], { env });
    expect(listed.code, listed.stderr).toBe(0);
  });
});

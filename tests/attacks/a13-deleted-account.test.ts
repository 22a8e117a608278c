/** A13: a capability and an open stream go on working after their account was deleted. */
import { request } from 'node:https';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { authentication, gaiwan } from '@gaiwan/protocol';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { TestPlatform } from '../support/platform.ts';
import { type Victim, victimOn } from '../support/victim.ts';

let platform: TestPlatform;
let victim: Victim;
beforeAll(async () => {
  platform = await TestPlatform.start();
});
afterAll(async () => platform.stop());
beforeEach(async () => {
  await platform.deleteUsers();
  victim = await victimOn(platform);
});

const transport = (baseUrl: string) =>
  createGrpcTransport({ baseUrl, nodeOptions: { ca: platform.certificate } });

async function session() {
  const auth = createClient(authentication.TeaclaveAuthenticationApi, transport(platform.authentication));
  const { token } = await auth.userLogin({ id: 'bank', password: 'a test password' });
  return { headers: { id: 'bank', token } };
}

const status = (path: string, capability: string) =>
  new Promise<number>((resolve, reject) => {
    const options = { ca: platform.certificate, headers: { authorization: `Bearer ${capability}` } };
    request(new URL(path, platform.frontend), options, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    })
      .on('error', reject)
      .end();
  });

it.each([
  ['was deleted', (victim: Victim) => victim.admin.users.delete('bank')],
  ['was begun anew', (victim: Victim) => victim.admin.users.resetPassword('bank')],
])('A13: the capability of an account that %s opens nothing', async (_what, end) => {
  const data = createClient(gaiwan.DataService, transport(platform.frontend));
  const { path, capability } = await data.createDownload({ dataId: victim.inputId }, await session());
  expect(await status(path, capability)).toBe(200);
  await end(victim);
  expect(await status(path, capability)).toBe(403);
});

it('A13: a watch ends with its account', async () => {
  const tasks = createClient(gaiwan.TaskService, transport(platform.frontend));
  const { openTask } = victim;
  const watching = tasks.watchTask({ taskId: openTask }, await session())[Symbol.asyncIterator]();
  expect((await watching.next()).done).toBe(false);
  const ended = watching.next().then(
    ({ value }) => value as unknown,
    (error: unknown) => error,
  );
  await victim.admin.users.delete('bank');
  // What would have been seen next; an end without an error would be seen as no end of the task, and tried again.
  await victim.analyst.tasks.cancel(openTask);
  expect(await ended).toMatchObject({ code: 16, rawMessage: 'incorrent credential' });
});

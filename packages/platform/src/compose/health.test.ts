import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StoreError } from '@gaiwan/store';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Health } from './health.ts';
import { plainRoutes } from './plain-routes.ts';

let health: Health;
let server: Server;
beforeEach(async () => {
  health = new Health();
  const routes = plainRoutes({ health });
  server = createServer((request, response) => routes(request, response, () => undefined));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  server.close().closeAllConnections();
});

async function ask(path = '/health/ready'): Promise<[number, string]> {
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
  return [answer.status, await answer.text()];
}

it('a service is ready until it is stopped', async () => {
  expect(await ask()).toEqual([200, '{"ready":true}']);
  health.stop();
  expect(await ask()).toEqual([503, '{"ready":false}']);
  expect((await ask('/health'))[0]).toBe(404);
});

it('one that cannot write is not ready any more before anybody is told to end it', async () => {
  const told = health.failed.then(async (why) => [why.code, health.isReady, (await ask())[0]]);
  health.fail(new StoreError('sync-failed', 'the disk failed'));
  expect(await told).toEqual(['data-folder-sync-failed', false, 503]);
});

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

/** A process whose server ends its session while nothing is under way, and that asks for the next one at once. Its end is what it says. */
const program = (manager: string) => `
  import { once } from 'node:events';
  import { createServer } from 'node:http2';
  import { ${manager} as Manager } from ${JSON.stringify(
    manager === 'HeardSessionManager'
      ? new URL('./heard-session.ts', import.meta.url).href
      : import.meta.resolve('@connectrpc/connect-node'),
  )};
  const server = createServer((_, response) => response.end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const manager = new Manager('http://127.0.0.1:' + server.address().port);
  const begun = once(server, 'session');
  const ask = async () => {
    const stream = await manager.request('GET', '/', {}, {});
    const { session } = stream;
    stream.resume();
    await once(stream, 'close');
    return session;
  };
  const session = await ask();
  const [served] = await begun;
  const told = once(session, 'goaway');
  const closed = new Promise((resolve) => session.once('close', resolve));
  served.goaway(0);
  await told;
  await ask();
  await closed;
  process.exit(0);
`;

const run = promisify(execFile);
const runs = (manager: string) =>
  run(process.execPath, ['--no-warnings', '--input-type=module', '--eval', program(manager)], {
    cwd: import.meta.dirname,
    timeout: 60_000,
  });

it('a session that its server ends ends no process', async () => {
  await runs('HeardSessionManager');
});

it('the library alone ends it: when this fails, the mending can go', async () => {
  await expect(runs('Http2SessionManager')).rejects.toMatchObject({
    stderr: expect.stringContaining('received GOAWAY without any open streams'),
  });
});

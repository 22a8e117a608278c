import type { MessageInitShape } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { common, gaiwan } from '@gaiwan/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { connect } from './connect.ts';
import type { Gaiwan } from './gaiwan.ts';
import { makeMachine } from './testing/machine.ts';
import { startServer, type TestServer } from './testing/server.ts';

const { TaskStatus } = common;
type State = MessageInitShape<typeof gaiwan.WatchTaskResponseSchema>;
const { identity, trust } = await makeMachine();
let server: TestServer;
let client: Gaiwan;

/** Each connection gets the next list; `break` breaks it, `wait` keeps it open. */
async function serve(...connections: readonly (State | 'break' | 'wait')[][]): Promise<void> {
  let next = 0;
  server = await startServer(identity, {
    routes: (router) =>
      router.service(gaiwan.TaskService, {
        async *watchTask(_request, context) {
          for (const state of connections[next++] ?? []) {
            if (state === 'break') throw new ConnectError('going down', Code.Unavailable);
            if (state === 'wait')
              await new Promise((resolve) => context.signal.addEventListener('abort', resolve));
            else yield state;
          }
        },
      }),
  });
  client = await connect({
    authentication: server.url,
    frontend: server.url,
    trust,
  });
}
afterEach(async () => {
  client.close();
  await server.close();
});

const done: State = {
  status: TaskStatus.Finished,
  attempt: 1,
  result: {
    result: {
      case: 'Ok',
      value: { returnValue: Buffer.from('hi'), tagsMap: { a: new Uint8Array(16) }, log: [] },
    },
  },
};
const ended = (status: common.TaskStatus, reason: string): State => ({
  status,
  attempt: 1,
  result: { result: { case: 'Err', value: { reason } } },
});

async function drain(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items);
}

describe('watching', () => {
  it('goes on over broken connections and says nothing twice', async () => {
    await serve(
      [{ status: TaskStatus.Staged }, 'break'],
      ['break'],
      [],
      [{ status: TaskStatus.Staged }, { status: TaskStatus.Running, attempt: 1 }, 'break'],
      [{ status: TaskStatus.Running, attempt: 1 }, done],
    );
    const seen: number[] = [];
    for await (const { status } of client.tasks.watch('task-1')) seen.push(status);
    expect(seen).toEqual([3, 4, 10]);
  });

  it.each([[['break'] as const], [[]]])('ends when nobody has patience any more (%j)', async (connection) => {
    await serve([...connection], [...connection], [...connection]);
    await expect(drain(client.tasks.watch('task-1', { patience: 0 }))).rejects.toMatchObject({
      code: 'connection-lost',
    });
  });

  it('ends with the client', async () => {
    await serve([{ status: TaskStatus.Staged }, 'wait']);
    const watching = client.tasks.watch('task-1')[Symbol.asyncIterator]();
    await watching.next();
    const next = watching.next();
    client.close();
    await expect(next).rejects.toMatchObject({ code: 'closed' });
  });
});

describe('a result', () => {
  it('is what the task returned', async () => {
    await serve([{ status: TaskStatus.Running }, done]);
    const { returnValue, tags } = await client.tasks.result('task-1');
    expect(Buffer.from(returnValue).toString()).toBe('hi');
    expect(Object.keys(tags)).toEqual(['a']);
  });

  it.each([
    ['failed by the function', ended(TaskStatus.Finished, 'no such user'), 'task-failed'],
    ['failed by the platform', ended(TaskStatus.Failed, 'no such user'), 'task-failed'],
    ['was canceled', ended(TaskStatus.Canceled, 'no such user'), 'task-canceled'],
  ])('of a task that %s is an error with the reason', async (_what, state, code) => {
    await serve([state]);
    await expect(client.tasks.result('task-1')).rejects.toMatchObject({
      code,
      message: expect.stringContaining('no such user'),
    });
  });

  it('is not waited for longer than asked', async () => {
    await serve([{ status: TaskStatus.Running }, 'wait']);
    await expect(client.tasks.result('task-1', { timeout: 20 })).rejects.toMatchObject({ code: 'timeout' });
  });
});

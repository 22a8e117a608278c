/** Servers of external URLs that answer what they like: every transfer with them ends, and none counts that was not whole. */
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { limits } from '../../limits.ts';
import { fetchUrl, putUrl } from './web.ts';

const open = new Set<Server | Socket>();
afterEach(() => {
  for (const one of open) {
    if ('destroy' in one) one.destroy();
    else one.close();
  }
  open.clear();
});

/** `say`: gets each connection once a request's head has come. */
async function serve(say: (socket: Socket, head: string) => void): Promise<string> {
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', (head) => say(socket, head.toString('latin1')));
  });
  open.add(server);
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

const never = new AbortController().signal;
const BIG = 16 << 20;

async function get(origin: string, signal = never): Promise<number> {
  let bytes = 0;
  for await (const chunk of await fetchUrl(`${origin}/in`, [origin], signal)) bytes += chunk.length;
  return bytes;
}

async function* content(size: number): AsyncGenerator<Uint8Array> {
  const chunk = Buffer.alloc(Math.min(size, 1 << 20));
  for (let left = size; left > 0; left -= chunk.length) yield chunk;
}

const put = (origin: string, size: number, signal = never) =>
  putUrl(`${origin}/out`, [origin], { size, body: content(size), signal });

const UPGRADE = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n';
const head = (status: string, ...fields: string[]) =>
  `HTTP/1.1 ${[status, ...fields].join('\r\n')}\r\nConnection: close\r\n\r\n`;

describe('B1: a transfer ends', () => {
  it.each([
    ['101 and an open connection', (socket: Socket) => socket.write(UPGRADE)],
    ['101 and the end', (socket: Socket) => socket.end(UPGRADE)],
    ['101 without a word of an upgrade', (socket: Socket) => socket.write('HTTP/1.1 101 Go\r\n\r\n')],
    ['nothing and the end', (socket: Socket) => socket.end()],
    ['nothing and a reset', (socket: Socket) => socket.resetAndDestroy()],
    ['what is no HTTP', (socket: Socket) => socket.end('SSH-2.0-x\r\n')],
    ['103 and the end', (socket: Socket) => socket.end('HTTP/1.1 103 Early Hints\r\n\r\n')],
  ])('with a GET and a PUT that are answered with %s', async (_what, say) => {
    const origin = await serve(say);
    await expect(get(origin)).rejects.toThrow();
    for (const size of [3, BIG]) await expect(put(origin, size)).rejects.toThrow();
  });

  it.each([200, 413])('with a PUT that is answered %d and closed before it was read', async (status) => {
    const origin = await serve((socket) => {
      socket.pause();
      socket.end(head(`${status} x`, 'Content-Length: 0'));
    });
    await expect(put(origin, BIG)).rejects.toThrow();
  });

  it.each([
    ['GET of a server that says nothing', (origin: string, signal: AbortSignal) => get(origin, signal)],
    ['PUT to a server that takes nothing', (origin: string, signal: AbortSignal) => put(origin, BIG, signal)],
  ])('with its signal: %s', async (_what, transfer) => {
    const abort = new AbortController();
    const origin = await serve((socket) => {
      socket.pause();
      abort.abort();
    });
    await expect(transfer(origin, abort.signal)).rejects.toThrow();
  });

  it('with its signal, while the answer comes', async () => {
    const abort = new AbortController();
    const origin = await serve((socket) => socket.write(`${head('200 OK')}some`));
    const reading = (async () => {
      for await (const _chunk of await fetchUrl(`${origin}/in`, [origin], abort.signal)) abort.abort();
    })();
    await expect(reading).rejects.toThrow();
  });
});

describe('B6: an upload', () => {
  it.each([
    ['and closes', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n', true],
    ['and resets', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', false],
  ])('of which the server answers 200 for a part %s has failed', async (_what, answer, closes) => {
    let got = 0;
    const origin = await serve((socket) => {
      socket.on('data', ({ length }) => {
        got += length;
        if (got < 2 << 20) return;
        socket.pause();
        socket.write(answer, () => (closes ? socket.end() : socket.resetAndDestroy()));
      });
    });
    await expect(put(origin, BIG)).rejects.toThrow();
    expect(got).toBeLessThan(BIG);
  });

  it('that is answered 200 at once has failed, though the server goes on to take it', async () => {
    const origin = await serve((socket) => {
      socket.resume().write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    });
    await expect(put(origin, BIG)).rejects.toMatchObject({ code: 'transfer-broken' });
  });

  it('does not outlast the failure of its source', async () => {
    const origin = await serve((socket) => socket.resume());
    const broken = async function* () {
      yield Buffer.alloc(10);
      throw new Error('the disk');
    };
    const failing = putUrl(`${origin}/out`, [origin], { size: 20, body: broken(), signal: never });
    await expect(failing).rejects.toThrow('the disk');
  });
});

it.each([
  [
    '206 for what was no part',
    head('206 Partial Content', 'Content-Range: bytes 0-3/9', 'Content-Length: 4'),
  ],
  ['304 with a place', head('304 Not Modified', 'Location: /elsewhere')],
  ['300 with a place', head('300 Multiple Choices', 'Location: /elsewhere')],
])('B8: %s is no file, and leads nowhere', async (_what, answer) => {
  const asked = vi.fn((socket: Socket, _head: string) => void socket.end(`${answer}some`));
  const origin = await serve(asked);
  await expect(get(origin)).rejects.toMatchObject({ code: 'bad-answer' });
  expect(asked).toHaveBeenCalledOnce();
});

describe('B4: a server', () => {
  /** The clock of the least rate is the test's; connections are real. */
  function clock(): (windows?: number) => void {
    let now = 0;
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    onTestFinished(() => void vi.useRealTimers().restoreAllMocks());
    return (windows = 1) => {
      now += windows * limits.externalWindow.value;
      vi.advanceTimersByTime(limits.externalWindow.value);
    };
  }

  it.each([
    ['nothing', ''],
    ['no end of early answers', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(20)],
    ['a head without an end', 'HTTP/1.1 200 OK\r\nx-a: '],
  ])('that says %s is given up after a minute', async (_what, said) => {
    const tick = clock();
    const origin = await serve((socket) => {
      socket.write(said);
      tick();
    });
    await expect(get(origin)).rejects.toMatchObject({ code: 'no-answer' });
  });

  it('that sends less than the least rate is given up, and one that keeps to it is not', async () => {
    const tick = clock();
    let client: Socket | undefined;
    const origin = await serve((socket) => {
      client = socket;
      socket.write(`${head('200 OK')}${'x'.repeat(limits.externalLeast.value)}`);
    });
    let got = 0;
    let ticks = 0;
    const reading = (async () => {
      for await (const chunk of await fetchUrl(`${origin}/in`, [origin], never)) {
        got += chunk.length;
        if (got < limits.externalLeast.value) continue;
        got = 0;
        tick();
        // As much as it must twice, then a byte.
        client?.write(ticks++ < 2 ? 'x'.repeat(limits.externalLeast.value) : 'x');
        if (ticks === 3) setImmediate(tick);
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: 'too-slow' });
    expect(ticks).toBe(3);
  });

  it('that takes next to nothing of an upload is given up', async () => {
    const tick = clock();
    let over = false;
    // What the sockets' buffers take counts in the first.
    const again = () => {
      if (over) return;
      tick();
      setImmediate(again);
    };
    const origin = await serve((socket) => {
      socket.pause();
      setImmediate(again);
    });
    const putting = put(origin, BIG).finally(() => {
      over = true;
    });
    await expect(putting).rejects.toMatchObject({ code: expect.stringMatching(/too-slow|no-answer/) });
  });

  it('is not blamed where the worker itself was held up', async () => {
    const tick = clock();
    const origin = await serve((socket) => {
      // Three minutes in one step, as after a stop of the process: the check is late.
      tick(3);
      socket.end(`${head('200 OK', 'Content-Length: 4')}file`);
    });
    expect(await get(origin)).toBe(4);
  });
});

it('an upload counts whose server closes with its answer, once the body has come to its end', async () => {
  const size = 1000;
  const answered = Promise.withResolvers<void>();
  const origin = await serve((socket, first) => {
    let got = first.length - first.indexOf('\r\n\r\n') - 4;
    const answer = () => {
      if (got < size) return;
      socket.end(head('200 OK', 'Content-Length: 0'));
      socket.once('close', () => answered.resolve());
    };
    socket.on('data', (chunk) => {
      got += chunk.length;
      answer();
    });
    answer();
  });
  /** All bytes are there at once, and the end once the server has gone. */
  async function* body(end: () => void) {
    yield* content(size);
    await answered.promise;
    end();
  }
  const send = (end: () => void) =>
    putUrl(`${origin}/out`, [origin], { size, body: body(end), signal: never });
  await send(() => undefined);
  // What is wrong with the body is told at its end alone.
  await expect(
    send(() => {
      throw new Error('not what it said');
    }),
  ).rejects.toThrow('not what it said');
});

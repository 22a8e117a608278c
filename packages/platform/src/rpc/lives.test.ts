import { once } from 'node:events';
import { connect, createServer, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterEach, it } from 'vitest';
import type { LifeSpans } from './connection-life.ts';
import { Lives } from './lives.ts';

const LONG = 1 << 30;
const parts: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of parts.splice(0).reverse()) await end();
});

async function port(spans: LifeSpans, known = false) {
  const lives = new Lives(spans);
  const server: Http2Server = createServer((request, response) => {
    const life = lives.of(request);
    life?.begin();
    if (known) life?.know();
    response.once('close', () => life?.finish());
    response.end('done');
  });
  lives.watch(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  parts.push(() => new Promise((resolve) => server.close(resolve)));
  // A server that listens on a port has one.
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  session.on('error', () => undefined);
  parts.push(() => session.destroy());
  const closed = new Promise((resolve) => session.once('close', resolve));
  /** Each as soon as the former is answered. */
  const ping = () => void (session.destroyed || session.ping((error) => error ?? ping()));
  const ask = async () => {
    const call = session.request({ ':path': '/' });
    await once(call.resume(), 'close');
  };
  return { session, closed, ping, ask };
}

it('a connection that only pings ends', async () => {
  const { session, closed, ping } = await port({ first: 30, strangersIdle: LONG, idle: LONG });
  await once(session, 'connect');
  ping();
  await closed;
});

it('so does one that pings after its calls, sooner where nobody has logged in', async () => {
  const stranger = await port({ first: LONG, strangersIdle: 30, idle: LONG });
  await stranger.ask();
  stranger.ping();
  await stranger.closed;
  const user = await port({ first: LONG, strangersIdle: LONG, idle: 30 }, true);
  await user.ask();
  user.ping();
  await user.closed;
});

import { expect, it } from 'vitest';
import { Faults } from '../physics/faults.ts';
import { Loop } from '../physics/loop.ts';
import { ownerNow } from '../physics/owner.ts';
import { Random } from '../physics/random.ts';
import { ConnectionLost, Network } from './network.ts';
import { Process } from './process.ts';

const world = (...rates: ConstructorParameters<typeof Map<Parameters<Faults['comes']>[0], number>>) => {
  const loop = new Loop();
  const faults = new Faults(new Random('faults'), new Map(...rates), () => undefined);
  return { loop, faults, network: new Network(loop, new Random('network'), faults) };
};

it('does nothing of a process while it stands still; then timers come before what waited in sockets', async () => {
  const { loop, network } = world();
  const process = new Process(loop, 'one');
  const seen: string[] = [];
  const note = (what: string) =>
    seen.push(`${what} at ${loop.now}, ${ownerNow() === process ? 'its own' : 'not its'}`);
  process.run(() => loop.schedule(() => note('a timer'), 50));
  network.soon(() => note('a message'), process, 20);
  network.soon(() => note('another'), process, 300);
  process.pause(100);
  process.pause(60);
  await loop.until(loop.sleep(400));
  expect(seen).toEqual(['a timer at 100, its own', 'a message at 100, its own', 'another at 300, its own']);
});

it('does nothing of a process that has ended, whatever it waited for', async () => {
  const { loop, network } = world();
  const process = new Process(loop, 'one');
  const seen: string[] = [];
  void process.run(async () => {
    await loop.sleep(10);
    seen.push('before');
    await loop.sleep(10);
    seen.push('after');
  });
  process.whenOver(() => seen.push('over'));
  network.soon(() => process.end(), undefined, 15);
  await loop.until(loop.sleep(100));
  expect(seen).toEqual(['before', 'over']);
  expect(process.isOver).toBe(true);
});

it('lets a call be answered, refused, lost with its process, or lost on the way', async () => {
  const { loop, network, faults } = world([['dropped message', 1]]);
  const process = new Process(loop, 'one');
  const call = (handle: () => Promise<string>) => loop.until(network.call(process, handle));
  await expect(call(() => Promise.resolve('answer'))).resolves.toBe('answer');
  await expect(call(() => Promise.reject(new TypeError('no')))).rejects.toThrow('no');
  faults.areOn = true;
  const before = loop.now;
  await expect(call(() => Promise.resolve('answer'))).rejects.toBeInstanceOf(ConnectionLost);
  expect(loop.now - before).toBeGreaterThan(10_000);
  faults.areOn = false;
  network.soon(() => process.end(), undefined, 5);
  await expect(call(() => loop.sleep(1000).then(() => 'late'))).rejects.toBeInstanceOf(ConnectionLost);
  await expect(call(() => Promise.resolve('answer'))).rejects.toBeInstanceOf(ConnectionLost);
});

it('does what is asked twice where a message is doubled, and answers once', async () => {
  const { loop, network, faults } = world([['doubled message', 1]]);
  faults.areOn = true;
  const process = new Process(loop, 'one');
  let done = 0;
  const answer = await loop.until(network.call(process, () => Promise.resolve(++done)));
  await loop.until(loop.sleep(10));
  expect(done).toBe(2);
  expect([1, 2]).toContain(answer);
});

it('carries messages of one connection in their order, until it is cut', async () => {
  const { loop, network, faults } = world([['delayed message', 0.5]]);
  faults.areOn = true;
  const process = new Process(loop, 'one');
  const seen: number[] = [];
  const pipe = network.pipe<number>(process, (message) => seen.push(message));
  for (let count = 0; count < 50; count++) pipe.send(count);
  await loop.until(loop.sleep(20_000));
  expect(seen).toEqual(Array.from({ length: 50 }, (_, index) => index));
  pipe.send(50);
  pipe.cut();
  await loop.until(loop.sleep(20_000));
  expect(seen).toHaveLength(50);
});

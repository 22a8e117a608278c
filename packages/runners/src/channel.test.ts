import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Channel } from './channel.ts';
import { ChannelError } from './channel-error.ts';
import { readSome } from './io.ts';
import { RefusedError } from './refused-error.ts';
import { type Frame, frame, withScriptedHost } from './testing/scripted-host.ts';

const limits = { timeMs: 1, cpuMs: 1, memoryMiB: 1, outputBytes: 1, logBytes: 1, files: 1 };
const job = {
  type: 'job',
  function: 'f',
  arguments: '{}',
  inputs: [{ name: 'i', size: 3 }],
  outputs: ['o'],
  limits,
};

function talk(said: readonly Uint8Array[], use: (channel: Channel) => void): Frame[] {
  return withScriptedHost(Buffer.concat(said), (streams) => use(new Channel(streams)));
}

describe('channel', () => {
  it('carries a whole job', () => {
    const code = Buffer.alloc(300_000, 'c');
    const frames = talk(
      [
        frame({ type: 'prepare', executorType: 't', executor: 'e' }, code),
        frame(job),
        frame({ type: 'ok', handle: 1, size: 3 }),
        frame({ type: 'ok' }, Buffer.from('abc')),
        frame({ type: 'ok', handle: 0x40000002 }),
        frame({ type: 'ok' }),
        frame({ type: 'ok' }),
      ],
      (channel) => {
        channel.ready();
        const prepared = channel.prepare();
        expect([prepared.executorType, prepared.executor, Buffer.compare(prepared.code, code)]).toEqual([
          't',
          'e',
          0,
        ]);
        expect(channel.job()).toEqual(job);
        expect(channel.open('i')).toEqual({ handle: 1, size: 3 });
        const target = new Uint8Array(10);
        expect(channel.read(1, target)).toBe(3);
        expect(Buffer.from(target.subarray(0, 3)).toString()).toBe('abc');
        const output = channel.create('o');
        channel.write(output, Buffer.from('xyz'));
        channel.close(output);
        channel.done(Buffer.from('result'));
      },
    );
    expect(frames.map(({ head, body }) => [head['type'], body.toString()])).toEqual([
      ['ready', ''],
      ['open', ''],
      ['read', ''],
      ['create', ''],
      ['write', 'xyz'],
      ['close', ''],
      ['done', 'result'],
    ]);
    expect(frames[2]?.head).toEqual({ type: 'read', handle: 1, length: 10 });
    expect(frames[4]?.head).toEqual({ type: 'write', handle: 0x40000002 });
  });

  it('cuts a result that is too long: the worker sees that it is, and one frame takes it', () => {
    const frames = talk([], (channel) => {
      channel.done(Buffer.alloc(40 << 20));
    });
    expect(frames.map(({ body }) => body.length)).toEqual([(8 << 20) + 1]);
  });

  it('cuts large reads and writes into requests of 1 MiB', () => {
    const data = Buffer.alloc((2 << 20) + 5, 'd');
    const parts = [data.subarray(0, 1 << 20), data.subarray(1 << 20, 2 << 20), data.subarray(2 << 20)];
    const frames = talk(
      [...parts.map((part) => frame({ type: 'ok' }, part)), ...parts.map(() => frame({ type: 'ok' }))],
      (channel) => {
        const target = new Uint8Array(data.length + 100);
        expect(channel.read(1, target)).toBe(data.length);
        expect(Buffer.compare(target.subarray(0, data.length), data)).toBe(0);
        channel.write(2, data);
      },
    );
    expect(frames.slice(0, 3).map(({ head }) => head['length'])).toEqual([1 << 20, 1 << 20, 105]);
    expect(Buffer.concat(frames.slice(3).map(({ body }) => body)).equals(data)).toBe(true);
  });

  it('tells a refusal from a broken stream', () => {
    const refusal = { type: 'error', code: 'unknown-input', message: 'No such input.' };
    talk([frame(refusal), frame({ type: 'ok' })], (channel) => {
      expect(() => channel.open('x')).toThrow(new RefusedError('unknown-input', 'No such input.'));
      channel.close(1);
      expect(() => channel.close(1)).toThrow(ChannelError);
    });
  });

  it('keeps of a message 64 KiB, in whole characters', () => {
    const frames = talk([], (channel) => channel.reportFailure({ message: `a${'é'.repeat(40_000)}` }));
    const message = frames[0]?.head['message'] as string;
    expect(Buffer.from(message).length).toBe(65_535);
    expect(message.endsWith('é')).toBe(true);
  });

  it.each([
    ['a head beyond 8 MiB', Buffer.from([0, 0x80, 0, 1, 0, 0, 0, 0])],
    ['a head that is no JSON', Buffer.concat([Buffer.from([0, 0, 0, 1, 0, 0, 0, 0]), Buffer.from('x')])],
    ['a head that is a list', frame([])],
    ['another type', frame({ type: 'job' })],
    ['a body that was not asked for', frame({ type: 'ok' }, Buffer.from('x'))],
    ['an answer without a handle', frame({ type: 'ok', size: 1 })],
    ['an answer with a handle that is none', frame({ type: 'ok', handle: '1', size: 1 })],
    ['a refusal without a code', frame({ type: 'error', message: 'No.' })],
    ['a refusal with a code of its own', frame({ type: 'error', code: 'toString', message: 'No.' })],
    ['a stream that ends', frame({ type: 'ok', handle: 1, size: 1 }).subarray(0, 20)],
  ])('refuses %s', (_what, said) => {
    talk([said], (channel) => expect(() => channel.open('i')).toThrow(ChannelError));
  });

  it('throws nothing but ChannelError and RefusedError, whatever comes', () => {
    const good = Buffer.concat([frame(job), frame({ type: 'ok' }, Buffer.from('abc'))]);
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, value, end) => {
        const said = Buffer.from(good);
        said[at] = value;
        talk([said.subarray(0, end)], (channel) => {
          try {
            channel.job();
            channel.read(1, new Uint8Array(3));
          } catch (error) {
            if (!(error instanceof ChannelError || error instanceof RefusedError)) throw error;
          }
        });
      }),
      { numRuns: 300 },
    );
  });

  it('waits on a descriptor that does not block', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gaiwan-fifo-'));
    const path = join(folder, 'fifo');
    execFileSync('mkfifo', [path]);
    const descriptor = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    const writer = spawn('sh', ['-c', `sleep 0.1; printf hello > ${path}`], { stdio: 'ignore' });
    const target = Buffer.alloc(10);
    expect(readSome(descriptor, target)).toBe(5);
    expect(target.toString('utf8', 0, 5)).toBe('hello');
    closeSync(descriptor);
    rmSync(folder, { recursive: true });
    if (writer.exitCode === null) await once(writer, 'exit');
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_BODY, MAX_LARGE_BODY } from './constants.ts';
import { FrameDecoder } from './decoder.ts';
import { ProtocolError } from './errors.ts';
import { encodeFrame, type Frame } from './frame.ts';
import { processMessage } from './process-message.ts';
import { workerMessage } from './worker-message.ts';

const bytes = (head: Frame['head'], body?: Uint8Array) => Buffer.concat(encodeFrame(head, body));
const raw = (head: string | Uint8Array, body = Buffer.alloc(0), lengths?: [number, number]) => {
  const start = Buffer.alloc(8);
  start.writeUInt32BE(lengths?.[0] ?? head.length, 0);
  start.writeUInt32BE(lengths?.[1] ?? body.length, 4);
  return Buffer.concat([start, typeof head === 'string' ? Buffer.from(head) : head, body]);
};
const decode = (...chunks: Uint8Array[]) => {
  const decoder = new FrameDecoder();
  const frames = chunks.flatMap((chunk) => [...decoder.push(chunk)]);
  return { frames, decoder };
};

describe('frames', () => {
  it('the bytes of the page: lengths, head, body', () => {
    expect(bytes({ type: 'write', handle: 1073741826 }, Buffer.from('ab')).toString('latin1')).toBe(
      '\0\0\0\x24\0\0\0\x02{"type":"write","handle":1073741826}ab',
    );
  });

  it('come back whole, however the stream is cut', () => {
    const frame = fc.record({
      head: fc.record({ type: fc.string(), message: fc.string({ unit: 'binary' }) }),
      body: fc.uint8Array({ maxLength: 300 }),
    });
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 5 }), fc.integer({ min: 1, max: 50 }), (frames, cut) => {
        const stream = Buffer.concat(frames.map(({ head, body }) => bytes(head, body)));
        const chunks = Array.from({ length: Math.ceil(stream.length / cut) }, (_, i) =>
          stream.subarray(i * cut, (i + 1) * cut),
        );
        const { frames: back, decoder } = decode(...chunks);
        expect(back.map(({ head, body }) => ({ head: { ...head }, body: Uint8Array.from(body) }))).toEqual(
          frames.map(({ head, body }) => ({ head: JSON.parse(JSON.stringify(head)), body })),
        );
        expect(decoder.atBoundary).toBe(true);
      }),
    );
  });

  it('bodies are copies: the chunk may be used again', () => {
    const stream = bytes({ type: 'done' }, Buffer.from('result'));
    const { frames } = decode(stream);
    stream.fill(0);
    expect(Buffer.from(frames[0]?.body ?? []).toString()).toBe('result');
  });

  it('says when the stream ends in the middle of a frame', () => {
    const stream = bytes({ type: 'write', handle: 1 }, Buffer.from('abc'));
    for (let cut = 1; cut < stream.length; cut++) {
      expect(decode(stream.subarray(0, cut)).decoder.atBoundary, `${cut}`).toBe(false);
    }
  });

  it.each([
    ['a head beyond its bound', raw('', undefined, [0xffffffff, 0])],
    ['a body beyond every bound', raw('{"type":"done"}', undefined, [15, MAX_LARGE_BODY + 1])],
    ['a body beyond the bound of its type', raw('{"type":"write"}', undefined, [16, MAX_BODY + 1])],
    ['no JSON', raw('{"type":')],
    ['an empty head', raw('')],
    ['no UTF-8', raw(Buffer.from('{"type":"\xff"}', 'latin1'))],
    ['a BOM', raw(Buffer.from('\ufeff{"type":"ready"}'))],
    ['a list', raw('["type"]')],
    ['null', raw('null')],
    ['no type', raw('{"typ":"done"}')],
    ['a type that is no text', raw('{"type":7}')],
    ['an inherited type', raw('{"__proto__":{"type":"done"}}')],
  ])('%s is refused, with the lengths and the head alone', (_what, stream) => {
    expect(() => decode(stream)).toThrow(ProtocolError);
  });

  it('what may not be sent is not sent', () => {
    expect(() => encodeFrame({ type: 'ok' }, new Uint8Array(MAX_BODY + 1))).toThrow(ProtocolError);
    expect(() => encodeFrame({ type: 'job', arguments: 'x'.repeat(8 << 20) })).toThrow(ProtocolError);
    expect(encodeFrame({ type: 'prepare' }, new Uint8Array(MAX_LARGE_BODY))).toHaveLength(2);
  });

  it('garbage: frames or a ProtocolError, never anything else', () => {
    const seed = fc.constantFrom(
      bytes({ type: 'read', handle: 1, length: 5 }),
      bytes({ type: 'write', handle: 1 }, Buffer.from('xyz')),
      raw('{"type":"open","input":"a"}'),
      Buffer.alloc(8),
    );
    const change = fc.record({ at: fc.nat(40), to: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(seed), fc.array(change), fc.uint8Array(), (frames, changes, tail) => {
        const stream = Buffer.concat([...frames, tail]);
        for (const { at, to } of changes) if (at < stream.length) stream[at] = to;
        try {
          for (const frame of decode(stream).frames) processMessage(frame);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('what a process says', () => {
  const say = (head: Record<string, unknown>, body = new Uint8Array()) =>
    processMessage({ head: head as Frame['head'], body });

  it('is understood', () => {
    const body = Buffer.from('b');
    expect(say({ type: 'ready', protocol: 1, more: true })).toEqual({ type: 'ready' });
    expect(say({ type: 'open', input: 'i' })).toEqual({ type: 'open', input: 'i' });
    expect(say({ type: 'create', output: 'o' })).toEqual({ type: 'create', output: 'o' });
    expect(say({ type: 'read', handle: 1, length: 1 })).toEqual({ type: 'read', handle: 1, length: 1 });
    expect(say({ type: 'write', handle: 2 }, body)).toEqual({ type: 'write', handle: 2, bytes: body });
    expect(say({ type: 'close', handle: 2 })).toEqual({ type: 'close', handle: 2 });
    expect(say({ type: 'done' }, body)).toEqual({ type: 'done', result: body });
    expect(say({ type: 'failed', message: 'm'.repeat(70_000) })).toMatchObject({
      message: 'm'.repeat(65_536),
    });
    expect(say({ type: 'failed', message: 'm', code: 'unknown-input', limit: 'memory' })).toEqual({
      type: 'failed',
      message: 'm',
      code: 'unknown-input',
      limit: 'memory',
    });
    for (const other of ['toString', 'crashed', 7, null, ['unknown-input']]) {
      expect(say({ type: 'failed', message: 'm', code: other, limit: other })).toEqual({
        type: 'failed',
        message: 'm',
      });
    }
  });

  it.each([
    { type: 'ready', protocol: 2 },
    { type: 'ready' },
    { type: 'open' },
    { type: 'open', input: 1 },
    { type: 'create', output: ['o'] },
    { type: 'read', handle: 1, length: 0 },
    { type: 'read', handle: 1, length: MAX_BODY + 1 },
    { type: 'read', handle: 1.5, length: 1 },
    { type: 'read', handle: -1, length: 1 },
    { type: 'write', handle: 2 ** 31 },
    { type: 'close', handle: '1' },
    { type: 'failed' },
    { type: 'ok' },
    { type: 'job' },
    { type: 'toString' },
  ])('%j is refused', (head) => {
    expect(() => say(head)).toThrow(ProtocolError);
  });

  it('a body where none belongs is refused', () => {
    expect(() => say({ type: 'close', handle: 1 }, new Uint8Array(1))).toThrow(/has a body/);
  });
});

describe('what a worker says', () => {
  const limits = { timeMs: 1, cpuMs: 1, memoryMiB: 1, outputBytes: 1, logBytes: 1, files: 1 };
  const job = {
    type: 'job',
    function: 'f',
    arguments: '{}',
    inputs: [{ name: 'i', size: 0 }],
    outputs: ['o'],
    limits,
  };

  it('is understood', () => {
    for (const head of [
      job,
      { type: 'prepare', executorType: 't', executor: 'e' },
      { type: 'ok' },
      { type: 'ok', handle: 1, size: 0 },
      { type: 'error', code: 'bad-handle', message: 'm' },
    ]) {
      expect(workerMessage(head)).toEqual(head);
      expect(workerMessage({ ...head, more: true })).toEqual(head);
    }
  });

  it.each([
    { type: 'prepare', executorType: 't' },
    { type: 'ok', handle: -1 },
    { type: 'ok', size: '1' },
    { type: 'error', message: 'm' },
    { type: 'error', code: 'other', message: 'm' },
    { type: 'error', code: 'bad-handle' },
    { ...job, function: 1 },
    { ...job, inputs: {} },
    { ...job, inputs: ['i'] },
    { ...job, inputs: [{ name: 'i' }] },
    { ...job, outputs: [1] },
    { ...job, limits: undefined },
    { ...job, limits: [] },
    ...Object.keys(limits).map((key) => ({ ...job, limits: { ...limits, [key]: 0 } })),
    ...Object.keys(limits).map((key) => ({ ...job, limits: { ...limits, [key]: 1.5 } })),
    { type: 'ready' },
    { type: 'constructor' },
  ])('%j is refused', (head) => {
    expect(() => workerMessage(head)).toThrow(expect.objectContaining({ code: 'bad-message' }));
  });
});

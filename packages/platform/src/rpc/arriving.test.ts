import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { limits } from '../limits.ts';
import { type ArrivingOptions, arriving, timeFor } from './arriving.ts';

const GRPC = 'application/grpc+proto';
const JSON_TYPE = 'application/json';
const refused = (code: string) => expect.objectContaining({ code });
const grpcOf = (message: Uint8Array, announced = message.length) => {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(announced, 1);
  return Buffer.concat([prefix, message]);
};

async function* chunksOf(...chunks: readonly Uint8Array[]) {
  yield* chunks;
}

const take = async (body: AsyncIterable<Uint8Array>, more: Partial<ArrivingOptions> = {}) => {
  const options = { largest: 100, contentType: GRPC, contentLength: undefined, count: () => undefined };
  const got: Uint8Array[] = [];
  for await (const chunk of arriving(body, { ...options, ...more })) got.push(chunk);
  return got;
};

describe('a request', () => {
  it('comes as it was sent, in one piece, however it was cut', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 30 }), async (parts) => {
        const whole = Buffer.concat(parts);
        let counted = 0;
        const options = {
          largest: 2000,
          contentType: JSON_TYPE,
          count: (bytes: number) => {
            counted += bytes;
          },
        };
        const got = await take(chunksOf(...parts), options);
        expect(got.length).toBe(whole.length === 0 ? 0 : 1);
        expect(Buffer.concat(got)).toEqual(whole);
        expect(counted).toBe(whole.length);
      }),
    ));

  it('has at most so many bytes, whatever it announces', async () => {
    const full = new Uint8Array(100);
    expect(await take(chunksOf(grpcOf(full)))).toHaveLength(1);
    expect(await take(chunksOf(full), { contentType: JSON_TYPE })).toHaveLength(1);
    const over = new Uint8Array(101);
    await expect(take(chunksOf(over), { contentType: JSON_TYPE })).rejects.toEqual(
      refused('message-too-large'),
    );
    await expect(take(chunksOf(grpcOf(over, 0)))).rejects.toEqual(refused('message-too-large'));
  });

  it('that announces more is refused before more comes', async () => {
    const none = { next: () => expect.fail('nothing more is read') };
    const body = { [Symbol.asyncIterator]: () => none };
    await expect(take(body, { contentLength: '106' })).rejects.toEqual(refused('message-too-large'));
    let read = 0;
    const bytes = grpcOf(new Uint8Array(), 101);
    // Cut within the length.
    const cut = [bytes.subarray(0, 2), bytes.subarray(2)];
    const slow = {
      next: async () => ({ done: false as const, value: cut[read++] ?? expect.fail('too much') }),
    };
    await expect(take({ [Symbol.asyncIterator]: () => slow })).rejects.toEqual(refused('message-too-large'));
    expect(read).toBe(2);
  });

  it('ends with what the counting throws', async () => {
    const count = () => {
      throw new RangeError('enough');
    };
    await expect(take(chunksOf(grpcOf(new Uint8Array(9))), { count })).rejects.toThrow(RangeError);
  });
});

describe('time', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('ends for who sends nothing, and for who sends too slowly, and not for who keeps the rate', async () => {
    const never = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }) };
    const waiting = expect(take(never)).rejects.toEqual(refused('message-too-slow'));
    await vi.advanceTimersByTimeAsync(limits.messageGrace.value);
    await waiting;

    const trickle = (bytes: number) =>
      async function* () {
        for (let second = 0; second < 60; second++) {
          // oxlint-disable-next-line tests/no-sleep -- on the clock of the test
          await new Promise((resolve) => setTimeout(resolve, 1000));
          yield new Uint8Array(bytes);
        }
      };
    const options = { largest: 1 << 30, contentType: JSON_TYPE };
    const slow = expect(take(trickle(1)(), options)).rejects.toEqual(refused('message-too-slow'));
    const good = take(trickle(limits.messageRate.value)(), options);
    await vi.advanceTimersByTimeAsync(60_000);
    await slow;
    expect((await good)[0]).toHaveLength(60 * limits.messageRate.value);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is more for more bytes', () => {
    expect(timeFor(0)).toBe(limits.messageGrace.value);
    expect(timeFor(limits.messageRate.value)).toBe(limits.messageGrace.value + 1000);
  });
});

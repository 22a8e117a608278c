/** A request's body as it arrives: no more bytes than its method takes, none later than in time. */
import { systemClock } from '../clock.ts';
import { refuse } from '../errors.ts';
import { limits } from '../limits.ts';

/** Length and flags before a message: gRPC, gRPC-Web, and streams of Connect. */
const PREFIX = 5;
const FIRST = 4096;

/** How long so many bytes may take, in ms. */
export const timeFor = (bytes: number, grace: number | undefined = limits.messageGrace.value): number =>
  grace + (bytes * 1000) / limits.messageRate.value;

export interface ArrivingOptions {
  /** Bytes of the largest message. */
  readonly largest: number;
  /** Of the request; absent where it was not sent. */
  readonly contentType: string;
  readonly contentLength: string | undefined;
  /** Counts bytes that have arrived; what it throws ends the arrival. */
  readonly count: (bytes: number) => void;
  /** ms until the first byte at the latest. Default: as limits.md says. */
  readonly grace?: number | undefined;
}

const tooLarge = (largest: number) =>
  refuse('message-too-large', `A request of this method has at most ${largest} bytes.`);
const tooSlow = () => refuse('message-too-slow', 'The request did not arrive in time: send it at once.');

/** As one chunk, so that many small ones cost no more than a large one. Rejects with `PlatformError`. */
export async function* arriving(
  body: AsyncIterable<Uint8Array>,
  { largest, contentType, contentLength, count, grace }: ArrivingOptions,
): AsyncGenerator<Uint8Array> {
  const enveloped = /^application\/(?:grpc|connect\+)/i.test(contentType);
  const most = largest + (enveloped ? PREFIX : 0);
  if (contentLength !== undefined && Number(contentLength) > most) throw tooLarge(largest);
  const started = systemClock.monotonic();
  const chunks = body[Symbol.asyncIterator]();
  let whole = Buffer.allocUnsafe(FIRST);
  let size = 0;
  for (;;) {
    const next = await within(chunks.next(), started + timeFor(size, grace) - systemClock.monotonic());
    if (next.done) break;
    const end = size + next.value.length;
    if (end > most) throw tooLarge(largest);
    count(next.value.length);
    if (end > whole.length) whole = grown(whole, size, Math.min(most, Math.max(end, 2 * whole.length)));
    whole.set(next.value, size);
    size = end;
    if (enveloped && size >= PREFIX && whole.readUInt32BE(1) > largest) throw tooLarge(largest);
  }
  // The iterator is left alone where this throws: what still comes is thrown away by whoever answers.
  if (size > 0) yield whole.subarray(0, size);
}

function grown(buffer: Buffer, used: number, size: number): Buffer<ArrayBuffer> {
  const larger = Buffer.allocUnsafe(size);
  buffer.copy(larger, 0, 0, used);
  return larger;
}

async function within<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(tooSlow()), Math.max(0, ms));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

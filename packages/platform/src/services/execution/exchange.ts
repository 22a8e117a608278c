/** A request over HTTP: each wait for it ends with the answer, with an error, or with the connection. */
import type { ClientRequest, IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Pace } from './pace.ts';
import { TaskFault } from './task-fault.ts';

/** Bytes that are handed to the socket at once. */
const SLICE = 1 << 16;

/**
 * To be called in the same turn as the request is made, whose signal ends it. A connection may also end without an error: after a
 * 101, or where an answer came before the request was written. Then nothing but `close` says so.
 */
export function answerTo(request: ClientRequest, where: string): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request
    .once('response', resolve)
    .once('error', reject)
    .once('upgrade', (_answer, socket) => {
      socket.destroy();
      reject(new TaskFault('bad-answer', `${where} answered 101 to what was no upgrade.`));
    })
    .once('close', () =>
      reject(new TaskFault('transfer-broken', `${where} closed the connection without an answer.`)),
    );
  return promise;
}

export interface Sending {
  readonly where: string;
  readonly signal: AbortSignal;
  readonly pace?: Pace;
}

/** Rejects unless the server answers 200 and has taken all of the body. Resolves with the answer, which nobody has read. */
export async function send(
  request: ClientRequest,
  body: AsyncIterable<Uint8Array>,
  { where, signal, pace }: Sending,
): Promise<IncomingMessage> {
  const answer = answerTo(request, where);
  const written = pipeline(slices(body, pace), request, { signal });
  written.catch(() => undefined);
  const response = await answer;
  pace?.answered();
  try {
    if (response.statusCode !== 200)
      throw new TaskFault(
        'bad-answer',
        `${where} answered ${response.statusCode} to the upload of a result.`,
      );
    await written.catch((cause: unknown) => {
      if (pace?.fault) throw pace.fault;
      if (signal.aborted) throw cause;
      throw new TaskFault('transfer-broken', `${where} answered 200 before it had all of the upload.`, {
        cause,
      });
    });
  } catch (error) {
    request.destroy();
    throw error;
  }
  return response;
}

/** Copies: the source reuses its buffer, and the socket may not have taken a chunk before the next is asked for. */
async function* slices(body: AsyncIterable<Uint8Array>, pace: Pace | undefined): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    for (let at = 0; at < chunk.length; at += SLICE) {
      const slice = chunk.slice(at, at + SLICE);
      yield slice;
      // The next is asked for once the socket has room again.
      pace?.progress(slice.length);
    }
  }
  pace?.step();
}

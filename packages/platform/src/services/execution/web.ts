/** Files at external URLs: only origins that the operator allowed, also after a redirect. */
import { type LookupAddress, type LookupAllOptions, lookup } from 'node:dns';
import { type ClientRequest, request as http, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as https } from 'node:https';
import type { LookupFunction } from 'node:net';
import { limits } from '../../limits.ts';
import { isInnerAddress, mayBeInner } from './address.ts';
import { answerTo, send, type Upload } from './exchange.ts';
import { Pace } from './pace.ts';
import { TaskFault } from './task-fault.ts';

const REDIRECTS = limits.redirects.value;
/** Those that say where to go instead. */
const REDIRECTING: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Part of a file, which nobody asked for. */
const PARTIAL = 206;

/** What `node:dns` has for all addresses of a name. */
export type Resolve = (
  hostname: string,
  options: LookupAllOptions,
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** Names are resolved here, and the connection goes to what was checked: a second answer cannot lead elsewhere. */
export const guardedLookup =
  (resolve: Resolve): LookupFunction =>
  (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      const bad = error ?? addresses.find(({ address }) => isInnerAddress(address) && !mayBeInner(hostname));
      if (bad) {
        const reason =
          error ??
          new TaskFault(
            'private-address',
            `${hostname} leads to a private address: the platform does not go there.`,
          );
        callback(reason, '', 0);
      } else if (options.all) {
        callback(null, addresses);
      } else {
        const [first] = addresses;
        callback(null, first?.address ?? '', first?.family ?? 0);
      }
    });
  };

const publicLookup = guardedLookup(lookup);

function requireAllowed(url: URL, allowedOrigins: readonly string[]): void {
  if (!allowedOrigins.includes(url.origin) || url.username !== '' || url.password !== '') {
    throw new TaskFault('origin-not-allowed', `The operator has not allowed ${url.origin}.`);
  }
}

/** A connection of its own: none is kept for whatever comes next. */
function open(url: URL, options: RequestOptions): ClientRequest {
  return (url.protocol === 'https:' ? https : http)(url, { ...options, lookup: publicLookup, agent: false });
}

/** GET, any 2xx but a part of the file. */
export async function fetchUrl(
  text: string,
  allowedOrigins: readonly string[],
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  let url = new URL(text);
  for (let hop = 0; hop <= REDIRECTS; hop++) {
    requireAllowed(url, allowedOrigins);
    const { response, pace } = await get(url, signal);
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300 && status !== PARTIAL) return paced(response, pace, signal);
    pace.stop();
    response.destroy();
    const location = response.headers.location;
    if (!REDIRECTING.has(status) || location === undefined)
      throw new TaskFault('bad-answer', `${url.origin} answered ${status}.`);
    const next = URL.parse(location, url.href);
    if (!next) throw new TaskFault('bad-answer', `${url.origin} redirects to no URL.`);
    url = next;
  }
  throw new TaskFault('bad-answer', `${text.slice(0, 80)} redirects more than ${REDIRECTS} times.`);
}

interface Answered {
  readonly response: IncomingMessage;
  /** Still runs. */
  readonly pace: Pace;
}

async function get(url: URL, signal: AbortSignal): Promise<Answered> {
  const request = open(url, { method: 'GET', signal });
  const pace = new Pace(url.origin, (fault) => request.destroy(fault));
  const answer = answerTo(request, url.origin);
  request.end();
  try {
    const response = await answer;
    pace.step();
    return { response, pace };
  } catch (error) {
    pace.stop();
    throw pace.fault ?? error;
  }
}

/** Whoever ends it from outside would end a body without a length as if it were whole. */
async function* paced(
  response: IncomingMessage,
  pace: Pace,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    const chunks: AsyncIterable<Uint8Array> = response;
    for await (const chunk of chunks) {
      pace.progress(chunk.length);
      yield chunk;
    }
    signal.throwIfAborted();
    if (pace.fault) throw pace.fault;
  } catch (error) {
    throw pace.fault ?? error;
  } finally {
    pace.stop();
  }
}

/** PUT; as in Teaclave only status 200 is success. No redirects. */
export async function putUrl(text: string, allowedOrigins: readonly string[], upload: Upload): Promise<void> {
  const url = new URL(text);
  requireAllowed(url, allowedOrigins);
  const request = open(url, {
    method: 'PUT',
    signal: upload.signal,
    headers: { 'content-type': 'application/x-binary', 'content-length': upload.size },
  });
  const where = url.origin;
  const pace = new Pace(where, (fault) => request.destroy(fault));
  try {
    const response = await send(request, where, upload, { pace });
    response.destroy();
  } finally {
    pace.stop();
  }
}

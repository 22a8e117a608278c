/** Files at external URLs: only origins that the operator allowed, also after a redirect. */
import { type LookupAddress, type LookupAllOptions, lookup } from 'node:dns';
import { type ClientRequest, request as http, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as https } from 'node:https';
import type { LookupFunction } from 'node:net';
import { limits } from '../../limits.ts';
import { isInnerAddress, mayBeInner } from './address.ts';
import { TaskFault } from './task-fault.ts';

/** Ciphertext on its way to where a manifest says. */
export interface Upload {
  /** Bytes. */
  readonly size: number;
  readonly body: AsyncIterable<Uint8Array>;
  readonly signal: AbortSignal;
}

const REDIRECTS = limits.redirects.value;
const IDLE_MS = limits.externalSilence.value;

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

function open(url: URL, options: RequestOptions): ClientRequest {
  return (url.protocol === 'https:' ? https : http)(url, {
    ...options,
    lookup: publicLookup,
    timeout: IDLE_MS,
  });
}

function awaitResponse(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((done, fail) => {
    request.once('response', done);
    request.once('error', fail);
    request.once('timeout', () =>
      request.destroy(new TaskFault('no-answer', 'The server did not answer in time.')),
    );
  });
}

/** GET, any 2xx. */
export async function fetchUrl(
  text: string,
  allowedOrigins: readonly string[],
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  let url = new URL(text);
  for (let hop = 0; hop <= REDIRECTS; hop++) {
    requireAllowed(url, allowedOrigins);
    const request = open(url, { method: 'GET', signal });
    request.end();
    const response = await awaitResponse(request);
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return response;
    response.destroy();
    const location = response.headers.location;
    if (status < 300 || status >= 400 || location === undefined)
      throw new TaskFault('bad-answer', `${url.origin} answered ${status}.`);
    const next = URL.parse(location, url.href);
    if (!next) throw new TaskFault('bad-answer', `${url.origin} redirects to no URL.`);
    url = next;
  }
  throw new TaskFault('bad-answer', `${text.slice(0, 80)} redirects more than ${REDIRECTS} times.`);
}

/** PUT; as in Teaclave only status 200 is success. No redirects. */
export async function putUrl(
  text: string,
  allowedOrigins: readonly string[],
  { size, body, signal }: Upload,
): Promise<void> {
  const url = new URL(text);
  requireAllowed(url, allowedOrigins);
  const request = open(url, {
    method: 'PUT',
    signal,
    headers: { 'content-type': 'application/x-binary', 'content-length': size },
  });
  await send(request, body, url.origin);
}

export async function send(
  request: ClientRequest,
  body: AsyncIterable<Uint8Array>,
  where: string,
): Promise<void> {
  const response = awaitResponse(request);
  response.catch(() => undefined);
  for await (const chunk of body) {
    if (request.destroyed) break;
    // The source reuses its buffer: the socket must have taken the bytes before the next chunk.
    await new Promise<void>((resolve, reject) =>
      request.write(chunk, (error) => (error ? reject(error) : resolve())),
    );
  }
  request.end();
  const { statusCode } = (await response).resume();
  if (statusCode !== 200)
    throw new TaskFault('bad-answer', `${where} answered ${statusCode} to the upload of a result.`);
}

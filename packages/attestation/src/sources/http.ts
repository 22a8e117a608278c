/** GET with bounds: of time, of size, without redirects. */
import { limits } from '../limits.ts';
import { SourceError } from './source.ts';

const MAX_ANSWER = limits.sourceAnswer.value;

/** How a service is asked. */
export interface HttpOptions {
  /** Default: the global one. */
  readonly fetch?: typeof globalThis.fetch;
  /** Milliseconds for one answer. Default: 20,000. */
  readonly timeout?: number;
}

/** An answer of status 200. */
export interface Answer {
  readonly bytes: Uint8Array;
  readonly headers: Headers;
}

async function bodyOf(response: Response, url: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MAX_ANSWER)
      throw new SourceError('bad-answer', `${url} answers with more than ${MAX_ANSWER} bytes.`);
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function errorFor(response: Response, url: string): SourceError {
  const { status } = response;
  if (status === 429 || status === 503) {
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    return new SourceError(
      'rate-limited',
      `${url} is asked too often.`,
      Number.isFinite(seconds) ? seconds : undefined,
    );
  }
  if (status === 404) return new SourceError('not-found', `${url} does not know this platform.`);
  return new SourceError('bad-answer', `${url} answers with status ${status}.`);
}

/** The answer of status 200. Throws `SourceError`. */
export async function get(
  url: string,
  { fetch = globalThis.fetch, timeout = limits.sourceTimeout.value }: HttpOptions,
): Promise<Answer> {
  try {
    // A redirect could lead anywhere; the services have none.
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(timeout) });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw errorFor(response, url);
    }
    return { bytes: await bodyOf(response, url), headers: response.headers };
  } catch (error) {
    if (error instanceof SourceError) throw error;
    const { cause = error } = error instanceof Error ? error : {};
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SourceError('unreachable', `${url} cannot be reached: ${why}`);
  }
}

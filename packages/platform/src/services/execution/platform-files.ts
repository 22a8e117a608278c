/** The platform's blobs, as a worker reaches them: over attested connections, with the lease's capabilities. */
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { AttestedAgent } from '@gaiwan/trust';
import { limits } from '../../limits.ts';
import { answerTo, send, type Upload } from './exchange.ts';
import { TaskFault } from './task-fault.ts';

/** Characters. */
const MOST_REFUSAL = limits.refusalBody.value;
const PLATFORM = 'The platform';
const BLOB = /^blob:\/\/gaiwan\/([0-9a-f-]{36})\//;

export class PlatformFiles {
  readonly #agent: AttestedAgent;

  constructor(agent: AttestedAgent) {
    this.#agent = agent;
  }

  #path(url: string): string {
    const id = BLOB.exec(url)?.[1];
    if (id === undefined)
      throw new TaskFault('no-such-blob', `${url.slice(0, 80)} is no blob of this platform.`);
    return `/blobs/${id}`;
  }

  async get(url: string, capability: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const headers = { authorization: `Bearer ${capability}` };
    const asked = request({ agent: this.#agent, path: this.#path(url), headers, signal });
    const answer = answerTo(asked, PLATFORM);
    asked.end();
    const response = await answer;
    if (response.statusCode === 200) return response;
    if ((await refusalCode(response)) === 'blob-missing')
      throw new TaskFault('blob-missing', 'the file that the platform keeps is gone, or not whole.');
    throw new TaskFault('no-such-blob', `the platform answered ${response.statusCode}.`);
  }

  async put(url: string, capability: string, upload: Upload): Promise<void> {
    const { size, signal } = upload;
    const headers = { authorization: `Bearer ${capability}`, 'content-length': size };
    const asked = request({ agent: this.#agent, path: this.#path(url), method: 'PUT', headers, signal });
    const response = await send(asked, PLATFORM, upload, { refusal: outputRefusal });
    // To its end: the connection was confirmed, and is used again.
    response.resume();
  }
}

/** Of an output: what participants can do something about. */
async function outputRefusal(response: IncomingMessage): Promise<TaskFault | undefined> {
  const code = await refusalCode(response).catch(() => undefined);
  if (code === 'storage-quota')
    return new TaskFault('storage-quota', 'its owner has no room left for it on the platform.');
  if (code === 'disk-full') return new TaskFault('disk-full', "the platform's disk is full.");
  return undefined;
}

/** The code of a refusal; undefined for an answer that is none. */
async function refusalCode(response: IncomingMessage): Promise<string | undefined> {
  let text = '';
  const chunks: AsyncIterable<string> = response.setEncoding('utf8');
  for await (const chunk of chunks) {
    text += chunk;
    if (text.length > MOST_REFUSAL) return undefined;
  }
  try {
    const refusal: unknown = JSON.parse(text);
    const code =
      typeof refusal === 'object' && refusal !== null && 'code' in refusal ? refusal.code : undefined;
    return typeof code === 'string' ? code : undefined;
  } catch {
    return undefined;
  }
}

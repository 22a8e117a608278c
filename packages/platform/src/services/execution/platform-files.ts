/** The platform's blobs, as a worker reaches them: over a Unix socket, with the lease's capabilities. */
import { type IncomingMessage, request } from 'node:http';
import { TaskFault } from './fault.ts';
import { send } from './web.ts';

const BLOB = /^blob:\/\/gaiwan\/([0-9a-f-]{36})\//;

export class PlatformFiles {
  readonly #socketPath: string;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  #path(url: string): string {
    const id = BLOB.exec(url)?.[1];
    if (id === undefined) throw new TaskFault(`${url.slice(0, 80)} is no blob of this platform.`);
    return `/blobs/${id}`;
  }

  async get(url: string, capability: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const headers = { authorization: `Bearer ${capability}` };
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request({ socketPath: this.#socketPath, path: this.#path(url), headers, signal }, resolve)
        .once('error', reject)
        .end();
    });
    if (response.statusCode === 200) return response;
    response.resume();
    throw new TaskFault(`The platform answered ${response.statusCode} for an input.`);
  }

  async put(
    url: string,
    capability: string,
    size: number,
    body: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<void> {
    const headers = { authorization: `Bearer ${capability}`, 'content-length': size };
    await send(
      request({ socketPath: this.#socketPath, path: this.#path(url), method: 'PUT', headers, signal }),
      body,
      'The platform',
    );
  }
}

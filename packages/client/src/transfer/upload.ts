/** A resumable upload: after any break it asks the platform how much arrived durably and continues from there. */
import { setTimeout as sleep } from 'node:timers/promises';
import { GaiwanError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Rpc } from '../rpc.ts';
import type { Bulk } from './bulk.ts';
import type { UploadSource } from './source.ts';

/** Attempts in a row that bring nothing forward. */
const MAX_FRUITLESS = limits.uploadAttempts.value;
const FIRST_PAUSE_MS = limits.uploadPauseFirst.value;
/** Refusals that asking for a fresh capability or for the right offset may cure. */
const CURABLE = new Set([401, 403, 409, 429, 500, 502, 503]);

export interface UploadOptions {
  /** The stored name: the last segment of the URL. */
  readonly name: string;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /**
   * Is told the URL of the upload before its first byte is sent. Whoever keeps it can go on with the upload in another process (`resume`),
   * and discard it (`discardUpload`).
   */
  readonly onUrl?: ((url: string) => void) | undefined;
  /** The URL of an upload of exactly these bytes that was begun before. One that the platform has no more is begun anew. */
  readonly resume?: string | undefined;
}

interface Begun {
  readonly url: string;
  readonly path: string;
  readonly capability: string;
  /** Bytes that have arrived. */
  readonly received: bigint;
}

/** Returns the blob's URL, to be registered. Rejects with `GaiwanError`. */
export async function uploadBlob(
  rpc: Rpc,
  bulk: Bulk,
  source: UploadSource,
  options: UploadOptions,
): Promise<string> {
  const { size } = source;
  const signal = AbortSignal.any([rpc.closed, ...(options.signal ? [options.signal] : [])]);
  const begun = await begunUpload(rpc, options.resume);
  if (begun?.complete) return begun.url;
  const created = begun ?? {
    ...(await rpc.data.createUpload({ name: options.name, size: BigInt(size) })),
    received: 0n,
  };
  try {
    options.onUrl?.(created.url);
    return await sendAll({ rpc, bulk }, source, { ...options, signal }, created);
  } catch (error) {
    // It counts towards the user's quota. Where that fails too, the platform forgets it after a day.
    if (!rpc.closed.aborted) await rpc.data.discardUpload({ url: created.url }).catch(() => undefined);
    throw error;
  }
}

/** An upload that an earlier process began; undefined where the platform has forgotten it. */
async function begunUpload(rpc: Rpc, url: string | undefined) {
  if (url === undefined) return undefined;
  try {
    return { url, ...(await rpc.data.resumeUpload({ url })) };
  } catch (error) {
    if (error instanceof GaiwanError && error.code === 'unknown-blob') return undefined;
    throw error;
  }
}

async function sendAll(
  { rpc, bulk }: { readonly rpc: Rpc; readonly bulk: Bulk },
  source: UploadSource,
  options: UploadOptions & { readonly signal: AbortSignal },
  created: Begun,
): Promise<string> {
  const { size } = source;
  const { signal } = options;
  let { path, capability } = created;
  let offset = Number(created.received);
  for (let fruitless = 0; ; ) {
    const from = offset;
    if (offset > size)
      throw new GaiwanError(
        'upload-failed',
        `The platform says that ${offset} bytes of ${size} have arrived: it mistakes another upload for this one.`,
      );
    let problem: GaiwanError;
    try {
      const { status, refusal } = await bulk.put({
        path,
        capability,
        offset,
        length: size - offset,
        chunks: source.open(offset),
        onSent: (sent) => options.onProgress?.(from + sent, size),
        signal,
      });
      if (!refusal) return created.url;
      if (!CURABLE.has(status)) throw refusal;
      problem = refusal;
    } catch (error) {
      if (signal.aborted) throw new GaiwanError('aborted', 'The upload was given up.', { cause: error });
      if (!isBroken(error)) throw error;
      problem = error;
    }
    try {
      const state = await rpc.data.resumeUpload({ url: created.url });
      if (state.complete) return created.url;
      path = state.path;
      capability = state.capability;
      offset = Number(state.received);
    } catch (error) {
      if (!isBroken(error)) throw error;
    }
    fruitless = offset > from ? 0 : fruitless + 1;
    if (fruitless === MAX_FRUITLESS) {
      const message = `The upload stopped at ${offset} of ${size} bytes and does not continue: ${problem.message}`;
      throw new GaiwanError('upload-failed', message, { cause: problem });
    }
    options.onProgress?.(offset, size);
    if (fruitless > 0)
      await sleep(FIRST_PAUSE_MS * 2 ** fruitless, undefined, { signal }).catch(() => undefined);
  }
}

function isBroken(error: unknown): error is GaiwanError {
  return (
    error instanceof GaiwanError && (error.code === 'connection-lost' || error.code === 'cannot-connect')
  );
}

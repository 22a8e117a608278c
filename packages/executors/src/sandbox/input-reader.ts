/** Cursors over staged inputs. However many a function opens, few chunks are in memory: those that were read last. */
import { limits } from '../limits.ts';
import { countSpoolChunks, readSpoolChunk, type Staged } from '../staged.ts';

/** Chunks of a MiB that a job may keep in the worker. */
const KEPT = limits.keptChunks.value;

/** A place in an input. */
export interface Cursor {
  readonly staged: Staged;
  /** The chunk that is read next, and from where. */
  chunk: number;
  offset: number;
}

/** Reads at cursors; `forget` wipes what it keeps. */
export class InputReader {
  /** By path and index; what was used longest ago comes first. */
  readonly #kept = new Map<string, Uint8Array>();

  /** As many bytes as were asked for, fewer only at the end. Throws `HostFault` ('disk'). */
  read(cursor: Cursor, length: number): Uint8Array {
    const bytes = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const chunk = this.#chunk(cursor);
      if (!chunk) break;
      const part = chunk.subarray(cursor.offset, cursor.offset + length - filled);
      bytes.set(part, filled);
      filled += part.length;
      cursor.offset += part.length;
      if (cursor.offset === chunk.length) {
        cursor.chunk++;
        cursor.offset = 0;
      }
    }
    return bytes.subarray(0, filled);
  }

  forget(): void {
    for (const chunk of this.#kept.values()) chunk.fill(0);
    this.#kept.clear();
  }

  #chunk({ staged, chunk }: Cursor): Uint8Array | undefined {
    if (staged.kind === 'memory') return staged.chunks[chunk];
    if (chunk >= countSpoolChunks(staged)) return undefined;
    const key = `${staged.path}:${chunk}`;
    const bytes = this.#kept.get(key) ?? readSpoolChunk(staged, chunk);
    this.#kept.delete(key);
    this.#kept.set(key, bytes);
    const [oldest] = this.#kept;
    if (this.#kept.size > KEPT && oldest) {
      oldest[1].fill(0);
      this.#kept.delete(oldest[0]);
    }
    return bytes;
  }
}

/**
 * An anchor in a folder elsewhere, for trying out: whoever can write that folder can roll it back, too.
 *
 *     anchor-N     the newest state; N rises by one with each
 *
 * A name is given once, by a link that fails where it is taken: so of two processes that advance from the same state, one is refused.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { link, mkdir, open, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, systemCode } from '@gaiwan/errors';
import { limits } from '../limits.ts';
import {
  type Anchor,
  AnchorError,
  type AnchoredState,
  decodeState,
  encodeState,
  requireAdvance,
  STATE_BYTES,
} from './anchor.ts';

/** Of numbers that a double counts exactly. */
const NAME = /^anchor-([1-9][0-9]{0,14})$/;
const LAST_NUMBER = 10 ** 15 - 1;
const TEMPORARY = /^anchor-[0-9a-f]{16}\.tmp$/;

/** @param folder is made (mode 0700) where it does not exist */
export const fileAnchor = (folder: string): Anchor => new FileAnchor(folder);

interface Found {
  /** Number of its file; 0 where there is none. */
  readonly number: number;
  readonly state: AnchoredState | undefined;
}

class FileAnchor implements Anchor {
  readonly kind = 'file';
  readonly #folder: string;
  /** What was begun last: the next waits for it. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(folder: string) {
    this.#folder = folder;
  }

  read(): Promise<AnchoredState | undefined> {
    return this.#after(async () => (await this.#find()).state);
  }

  advance(from: AnchoredState | undefined, to: AnchoredState): Promise<void> {
    return this.#after(async () => {
      const { number, state } = await this.#find();
      requireAdvance(state, from, to);
      if (number === LAST_NUMBER) throw this.#unreadable('its numbers have come to their end');
      await this.#write(number + 1, encodeState(to));
    });
  }

  async close(): Promise<void> {
    await this.#last;
  }

  #after<T>(step: () => Promise<T>): Promise<T> {
    const next = this.#last.then(() => this.#typed(step));
    this.#last = next.catch(() => undefined);
    return next;
  }

  async #typed<T>(step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (cause) {
      if (cause instanceof AnchorError) throw cause;
      throw new AnchorError(
        'unavailable',
        `The anchor's folder ${this.#folder} cannot be used: ${messageOf(cause)}`,
        { cause },
      );
    }
  }

  async #find(): Promise<Found> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    for (let attempt = 0; attempt < limits.anchorReads.value; attempt++) {
      const number = Math.max(0, ...(await this.#numbers()));
      if (number === 0) return { number, state: undefined };
      try {
        return { number, state: decodeState(await readState(this.#path(number))) };
      } catch (error) {
        if (error instanceof AnchorError) throw this.#unreadable(`anchor-${number} is none`, error);
        // Another process has advanced, and removed it.
        if (systemCode(error) !== 'ENOENT') throw error;
      }
    }
    throw new AnchorError(
      'unavailable',
      `The anchor's folder ${this.#folder} lists a file that is never there: another process advances it without a pause, or it is no folder of an anchor.`,
    );
  }

  async #write(number: number, bytes: Buffer): Promise<void> {
    const temporary = join(this.#folder, `anchor-${randomBytes(8).toString('hex')}.tmp`);
    try {
      await writeSynced(temporary, bytes);
      await link(temporary, this.#path(number));
    } catch (error) {
      if (systemCode(error) === 'EEXIST') throw this.#moved();
      throw error;
    } finally {
      await unlink(temporary).catch(() => undefined);
    }
    // Slower than another, that has gone further since: its older names are free again.
    if ((await this.#numbers()).some((one) => one > number)) {
      await unlink(this.#path(number));
      throw this.#moved();
    }
    await syncFolder(this.#folder);
    await this.#removeOlder(number);
  }

  /** Of files that a crash left, too. */
  async #removeOlder(number: number): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      const is = numberIn(name);
      if (TEMPORARY.test(name) || (is !== undefined && is < number))
        await unlink(join(this.#folder, name)).catch(() => undefined);
    }
  }

  async #numbers(): Promise<number[]> {
    return (await readdir(this.#folder)).flatMap((name) => numberIn(name) ?? []);
  }

  #path(number: number): string {
    return join(this.#folder, `anchor-${number}`);
  }

  #unreadable(why: string, cause?: unknown): AnchorError {
    return new AnchorError('unreadable', `What the folder ${this.#folder} keeps is no state: ${why}.`, {
      cause,
    });
  }

  #moved(): AnchorError {
    return new AnchorError('moved', `Another process has advanced the anchor in ${this.#folder}.`);
  }
}

function numberIn(name: string): number | undefined {
  const digits = NAME.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** A byte more than a state has, at most, which tells what is longer: others can write there, a device or a pipe too. */
async function readState(path: string): Promise<Uint8Array> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const bytes = Buffer.alloc(STATE_BYTES + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read)
      ({ bytesRead: read } = await file.read(bytes, length, bytes.length - length));
    return bytes.subarray(0, length);
  } finally {
    await file.close();
  }
}

async function writeSynced(path: string, bytes: Buffer): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

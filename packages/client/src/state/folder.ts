/**
 * The newest states in files: a folder for each instance, in it a file without content whose name is the state. A name is made or not,
 * so that a process that is killed leaves no half of one; and the newest of the names counts, so that processes which write at once
 * need no lock and never lose the newest.
 */
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, systemCode } from '@gaiwan/errors';
import type { PlatformState } from '@gaiwan/trust';
import { GaiwanError } from '../errors.ts';
import { compareStates, type StateMemory } from './memory.ts';

const NAME = /^([1-9]\d{0,15})-(\d{1,16})-([0-9a-f]{64})-([0-9a-f]{32})$/;

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));

const nameOf = ({ epoch, commits, digest, run }: PlatformState): string =>
  `${epoch}-${commits}-${hex(digest)}-${hex(run)}`;

function stateIn(name: string): PlatformState[] {
  const [, epoch, commits, digest = '', run = ''] = NAME.exec(name) ?? [];
  const state = { epoch: Number(epoch), commits: Number(commits) };
  if (!Number.isSafeInteger(state.epoch) || !Number.isSafeInteger(state.commits)) return [];
  return [{ ...state, digest: bytes(digest), run: bytes(run) }];
}

/**
 * Keeps what it is given in this folder, which it makes (0700) where it is absent.
 *
 * @example
 * ```ts
 * const client = await connect({ authentication, frontend, trust, instance, states: stateFolder('./states') });
 * ```
 */
export function stateFolder(path: string): StateMemory {
  const folderOf = (instance: string) => {
    if (!/^[0-9a-f]{64}$/.test(instance)) throw new TypeError('an instance has 64 hexadecimal digits');
    return join(path, instance);
  };
  const statesOf = async (instance: string) => {
    const names = await readdir(folderOf(instance)).catch((error: unknown) => {
      if (systemCode(error) === 'ENOENT') return [];
      throw unusable(path, error);
    });
    return names.flatMap(stateIn).sort(compareStates);
  };
  return {
    read: async (instance) => (await statesOf(instance)).at(-1),
    async write(instance, state) {
      const folder = folderOf(instance);
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await (await open(join(folder, nameOf(state)), 'a', 0o600)).close();
        await flush(folder);
        const states = await statesOf(instance);
        const newest = states.at(-1);
        const older = states.filter((one) => newest && compareStates(one, newest) < 0);
        await Promise.all(older.map((one) => rm(join(folder, nameOf(one)), { force: true })));
      } catch (error) {
        throw unusable(path, error);
      }
    },
  };
}

/** Before the older ones go. */
async function flush(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  await using handle = await open(folder, 'r');
  await handle.sync();
}

function unusable(path: string, cause: unknown): GaiwanError {
  if (cause instanceof GaiwanError) return cause;
  return new GaiwanError(
    'state-memory',
    `What was seen of platforms cannot be read or kept in ${path}: ${messageOf(cause)}. Without it an older copy of a platform is not noticed.`,
    { cause },
  );
}

/** configfs-tsm as the kernel was seen to behave, in memory. */
import { basename, dirname } from 'node:path';
import type { InterfaceFiles } from '../attester/files.ts';

export interface TsmDouble extends InterfaceFiles {
  readonly folders: ReadonlySet<string>;
  /** What is to go wrong from now on. */
  faults: {
    provider?: string | undefined;
    /** Answers of `outblob` that are an error first. */
    busy?: readonly string[];
    /** The kernel throws a refused inblob away when the file is closed, and says nothing. */
    dropInblob?: boolean;
    /** Somebody else writes between our reads. */
    otherWriter?: boolean;
    /** Another's report data. */
    swap?: boolean;
    noRoot?: boolean;
    auxblob?: Uint8Array;
  };
}

const fail = (code: string): never => {
  throw Object.assign(new Error(code), { code });
};

interface Item {
  inblob?: Uint8Array;
  generation: number;
}

/** `make`: the provider, from report data to evidence. */
export function tsmDouble(provider: string, make: (inblob: Uint8Array) => Promise<Uint8Array>): TsmDouble {
  const items = new Map<string, Item>();
  const item = (path: string): Item => items.get(dirname(path)) ?? fail('ENOENT');
  const double: TsmDouble = {
    folders: items as unknown as ReadonlySet<string>,
    faults: {},
    async mkdir(path) {
      if (double.faults.noRoot) fail('EACCES');
      if (double.faults.provider === '') fail('ENXIO');
      if (items.has(path)) fail('EEXIST');
      items.set(path, { generation: 0 });
    },
    async rmdir(path) {
      if (!items.delete(path)) fail('ENOENT');
    },
    async write(path, bytes) {
      const it = item(path);
      switch (basename(path)) {
        case 'inblob':
          if (bytes.length > 64) fail('EFBIG');
          if (double.faults.dropInblob) return;
          it.inblob = bytes.slice();
          break;
        case 'privlevel':
          if (!/^[0-3]$/.test(Buffer.from(bytes).toString())) fail('EINVAL');
          break;
        default:
          fail('EACCES');
      }
      it.generation++;
    },
    async read(path) {
      const it = item(path);
      switch (basename(path)) {
        case 'provider':
          return Buffer.from(`${double.faults.provider ?? provider}\n`);
        case 'generation':
          return Buffer.from(`${it.generation}\n`);
        case 'outblob': {
          if (it.inblob === undefined) fail('EINVAL');
          const [error, ...later] = double.faults.busy ?? [];
          if (error !== undefined) {
            double.faults.busy = later;
            fail(error);
          }
          if (double.faults.otherWriter) it.generation++;
          return make(double.faults.swap ? new Uint8Array(64).fill(9) : (it.inblob as Uint8Array));
        }
        case 'auxblob':
          return double.faults.auxblob ?? new Uint8Array();
        default:
          // inblob and privlevel are write-only, also for root.
          return fail('EACCES');
      }
    },
  };
  return double;
}

/** configfs-tsm in memory, where the attester takes its file operations from. */
import { basename, dirname } from 'node:path';
import type { InterfaceFiles } from '../attester/files.ts';
import { TsmModel } from './tsm-model.ts';

export class TsmDouble extends TsmModel {
  /** Folders that exist. */
  get folders(): ReadonlyMap<string, unknown> {
    return this.items;
  }

  readonly files: InterfaceFiles = {
    mkdir: async (path) => this.mkdir(path),
    rmdir: async (path) => this.rmdir(path),
    read: async (path) => this.read(this.open(dirname(path), basename(path), 'read')),
    write: async (path, bytes) => {
      const handle = this.open(dirname(path), basename(path), 'write');
      try {
        this.write(handle, bytes);
      } finally {
        this.close(handle);
      }
    },
  };
}

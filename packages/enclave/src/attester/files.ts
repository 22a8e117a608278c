/** The few file operations that kernel interfaces are used by; tests put doubles in their place. */
import { constants } from 'node:fs';
import { mkdir, open, readFile, rmdir } from 'node:fs/promises';

export interface InterfaceFiles {
  mkdir(path: string): Promise<void>;
  rmdir(path: string): Promise<void>;
  /** To the end: the sizes that these files claim are not theirs. */
  read(path: string): Promise<Uint8Array>;
  /** One write between opening and closing: what is closed is what counts. */
  write(path: string, bytes: Uint8Array): Promise<void>;
}

export const nodeFiles: InterfaceFiles = {
  mkdir: (path) => mkdir(path),
  rmdir,
  read: async (path) => new Uint8Array(await readFile(path)),
  async write(path, bytes) {
    const file = await open(path, constants.O_WRONLY);
    try {
      await file.write(bytes);
    } finally {
      await file.close();
    }
  },
};

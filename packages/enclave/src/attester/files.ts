/** The few file operations that kernel interfaces are used by; tests put doubles in their place. */
import { constants } from 'node:fs';
import { mkdir, open, rmdir } from 'node:fs/promises';
import { limits } from '../limits.ts';

export interface InterfaceFiles {
  mkdir(path: string): Promise<void>;
  rmdir(path: string): Promise<void>;
  /** To the end: the sizes that these files claim are not theirs. */
  read(path: string): Promise<Uint8Array>;
  /** Of a file that is there. What is written between opening and closing is one: it counts when the file is closed. */
  write(path: string, bytes: Uint8Array): Promise<void>;
}

const CHUNK = 16 * 1024;

async function read(path: string): Promise<Uint8Array> {
  const file = await open(path, constants.O_RDONLY);
  try {
    const chunks: Uint8Array[] = [];
    for (let size = 0; ; ) {
      // readFile would stop at the size that the file claims.
      const { bytesRead, buffer } = await file.read(new Uint8Array(CHUNK), 0, CHUNK, null);
      if (bytesRead === 0) return new Uint8Array(Buffer.concat(chunks));
      size += bytesRead;
      if (size > limits.interfaceFile.value)
        throw new RangeError(`${path} has more than ${limits.interfaceFile.value} bytes`);
      chunks.push(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}

export const nodeFiles: InterfaceFiles = {
  mkdir: (path) => mkdir(path),
  rmdir,
  read,
  async write(path, bytes) {
    const file = await open(path, constants.O_WRONLY);
    try {
      await file.writeFile(bytes);
    } finally {
      await file.close();
    }
  },
};

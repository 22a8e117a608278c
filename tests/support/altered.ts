/** Another installation, of which one file at a time is changed. */
import { appendFile, cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What no program is made of: see `NOT_MEASURED` of the enclave's bundle. */
const LEFT_OUT = /\/node_modules$|\.(ts|map|tsbuildinfo)$/;

export class Installation {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Copies our packages into a folder, with all other libraries beside them. */
  static async copyTo(folder: string): Promise<Installation> {
    const modules = join(root, 'node_modules');
    await mkdir(join(folder, 'node_modules', '@gaiwan'), { recursive: true });
    for (const name of await readdir(modules)) {
      if (name !== '@gaiwan') await symlink(join(modules, name), join(folder, 'node_modules', name));
    }
    for (const name of await readdir(join(root, 'packages'))) {
      const to = join(folder, 'packages', name);
      await cp(join(root, 'packages', name), to, {
        recursive: true,
        filter: (path) => !LEFT_OUT.test(path),
      });
      await symlink(to, join(folder, 'node_modules', '@gaiwan', name));
    }
    return new Installation(folder);
  }

  /** Its command line. */
  get bin(): string {
    return join(this.#folder, 'packages/cli/bin/gaiwan.js');
  }

  /** While `use` runs, this file has one line more. */
  async whileAltered<T>(file: string, use: () => T | Promise<T>): Promise<T> {
    const path = join(this.#folder, file);
    const before = await readFile(path);
    await appendFile(path, '\n// One line more.\n');
    try {
      return await use();
    } finally {
      await writeFile(path, before);
    }
  }
}

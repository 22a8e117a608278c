/** An installation of which one file was changed. */
import { appendFile, cp, mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What no program is made of: see `NOT_MEASURED` of the enclave's bundle. */
const LEFT_OUT = /\/node_modules$|\.(ts|map|tsbuildinfo)$/;

/** Copies our packages into a folder, with all other libraries beside them, and changes a file. Returns its command line. */
export async function alteredInstallation(folder: string, file: string): Promise<string> {
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
  await appendFile(join(folder, file), '\n// One line more.\n');
  return join(folder, 'packages/cli/bin/gaiwan.js');
}

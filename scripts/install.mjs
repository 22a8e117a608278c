// Installs folders whose packages nothing else needs, when they are first used: `node scripts/install.mjs FOLDER...`. Plain JavaScript that any
// Node >= 20 runs: quickstart.mjs asks here, too, and runs before the pinned Node is there.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

const packagesIn = (path) => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : {});

/** Whether npm has installed in a folder exactly what its lock file says: npm writes down what it installed as the last thing it does. */
export function isInstalled(folder) {
  const wanted = Object.entries(packagesIn(join(root, folder, 'package-lock.json')));
  const installed = packagesIn(join(root, folder, 'node_modules/.package-lock.json'));
  return wanted.every(([path, { version, integrity, optional, link }]) => {
    // The folder itself, workspaces, and what is for other machines.
    if (path === '' || link || !path.includes('node_modules/')) return true;
    const found = installed[path];
    if (!found) return optional === true;
    return found.version === version && (!integrity || !found.integrity || found.integrity === integrity);
  });
}

/** Installs each of the folders that is not installed, and says so once. Returns those that could not be. */
export function install(folders) {
  return folders.filter((folder) => {
    if (isInstalled(folder)) return false;
    const { description } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    console.log(`Installing ${folder} (${description}; only the first time) ...`);
    // No package of theirs wants its install scripts.
    const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    const { status, error } = spawnSync('npm', args, {
      cwd: join(root, folder),
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    if (status !== 0)
      console.error(
        `${folder} could not be installed${error ? `: ${error.message}` : ''}. When the package registry is reachable, run: npm ci --prefix ${folder}`,
      );
    return status !== 0;
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url) && install(process.argv.slice(2)).length > 0)
  process.exitCode = 1;

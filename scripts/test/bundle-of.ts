/**
 * Programs of threads as tests start them: in one file, without types. They are made at the beginning of a run, not in a plugin's `transform`:
 * vitest keeps what that returned for later runs, and would start the program of an earlier one.
 */
import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';

/** What is bundled, and the name of the bundle. */
export interface BundleOptions {
  readonly root: string;
  readonly entry: string;
  readonly name: string;
  readonly plugins?: Plugin[];
}

/** The URL of the bundle, which imports packages as they are. */
export async function bundleOf({ root, entry, name, plugins = [] }: BundleOptions): Promise<string> {
  const folder = join(root, 'node_modules/.cache/gaiwan');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  // Another run in this tree may be reading it.
  const outfile = `${path}.${process.pid}`;
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    plugins,
  });
  renameSync(outfile, path);
  return pathToFileURL(path).href;
}

/** What programs need to see of the host in order to start at all. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

let libraries: readonly string[] | undefined;

/** Asked once, for the first language: a report waits for each thread of the process. */
function sharedObjects(): readonly string[] {
  libraries ??= (process.report.getReport() as { sharedObjects: string[] }).sharedObjects;
  return libraries;
}

/** This Node and the shared libraries that it was linked with; no shell, no tools. */
export function nodeRuntime(): string[] {
  return [process.execPath, ...sharedObjects().filter((path) => /\.so(\.|$)/.test(path) && existsSync(path))];
}

/** Libraries of the system by their names, where they lie beside those that this Node was linked with. */
export function beside(names: readonly string[]): string[] {
  const folders = new Set(sharedObjects().map((path) => dirname(path)));
  return [...folders].flatMap((folder) =>
    names.map((name) => join(folder, name)).filter((path) => existsSync(path)),
  );
}

/** For programs of the system: the libraries and tools that it installs. Nothing of /etc but how to find libraries. */
export function systemRuntime(): string[] {
  return ['/usr', '/bin', '/lib', '/lib64', '/etc/ld.so.cache', '/etc/alternatives'].filter((path) =>
    existsSync(path),
  );
}

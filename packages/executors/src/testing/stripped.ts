/**
 * Programs of tests without their types: Node would strip them at each start of a process or thread, which takes longer than the rest of
 * the start.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../../../../node_modules/.cache/gaiwan');

/** The path of a copy in JavaScript; `name` is of this folder. The program may import packages, and nothing beside it. */
export function stripped(name: `${string}.ts`): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name.replace(/ts$/, 'mjs'));
  // Another process may be reading it.
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, stripTypeScriptTypes(readFileSync(join(import.meta.dirname, name), 'utf8')));
  renameSync(mine, path);
  return path;
}

/** Loading the native runtime: the pinned bytes, or nothing. */
import { createHash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import type { OrtAddon } from '@gaiwan/functions/native';
import { readSome } from '../io.ts';

/** A file, and the SHA-256 that it must have (hex). */
export interface PinnedFile {
  readonly path: string;
  readonly sha256: string;
}

const PIECE = 1 << 20;

/** Throws `Error` where it is another file. */
export function checkFile({ path, sha256 }: PinnedFile): void {
  const hash = createHash('sha256');
  const piece = new Uint8Array(PIECE);
  const file = openSync(path, 'r');
  try {
    for (let got = readSome(file, piece); got > 0; got = readSome(file, piece))
      hash.update(piece.subarray(0, got));
  } finally {
    closeSync(file);
  }
  if (hash.digest('hex') !== sha256)
    throw new Error(`${path} is another file than the one that the worker measured`);
}

/** `library`: beside the addon, where the dynamic linker finds it. Throws `Error`. */
export function loadAddon(addon: PinnedFile, library: PinnedFile): OrtAddon {
  checkFile(addon);
  checkFile(library);
  // Its uploader of telemetry is on unless this is set, before the library is loaded.
  process.env['ORT_DISABLE_TELEMETRY'] = '1';
  const loaded: { exports: unknown } = { exports: {} };
  process.dlopen(loaded, addon.path);
  // The bytes are pinned, and so is their interface.
  return loaded.exports as OrtAddon;
}

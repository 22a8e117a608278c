/**
 * The native ONNX Runtime that sandboxes may load: two files of one version of `onnxruntime-node`, known by their bytes. So `onnx-native`
 * in a manifest means one runtime, which the measurement of this program fixes; and none of the package's JavaScript.
 */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { SandboxError } from '../../sandbox/errors.ts';

export const ONNXRUNTIME_VERSION = '1.30.0';

/** What tasks call it: an executor of the type `builtin`. */
export const ONNX_NATIVE = 'onnx-native';

/** How to install it. The package's install script would download more, for other processors than the CPU. */
export const installOnnxruntime = (folder: string): string =>
  `npm install --ignore-scripts --prefix ${folder} onnxruntime-node@${ONNXRUNTIME_VERSION}`;

interface Digests {
  /** SHA-256, hex. */
  readonly addon: string;
  readonly library: string;
}

/** By `process.platform` and `process.arch`. */
const PINNED: ReadonlyMap<string, Digests> = new Map([
  [
    'linux/x64',
    {
      addon: 'ccdc60b981d93a490cf9513d3f583547252b6e285b72988a96a494f2f006c7b8',
      library: 'ffb75a925ba05e47b235bb66e3e3911714a80b328a9c9425539feb204aa32a23',
    },
  ],
  [
    'linux/arm64',
    {
      addon: 'afec78dc11d38dc81605b068cefe1fc73ffe77ca240c15468aa40786150beac8',
      library: '1f549d46250b005580b597f4164984aaf75b3bcb9f3aeb07c7f8a8fe60b23c76',
    },
  ],
]);

/** A file, and the SHA-256 that it must have (hex). */
export interface PinnedFile {
  readonly path: string;
  readonly sha256: string;
}

export interface OnnxruntimeFiles {
  readonly addon: PinnedFile;
  /** Beside the addon, where the dynamic linker finds it. */
  readonly library: PinnedFile;
}

/**
 * Where they are below the folder that npm installed to. Does not look at them. Throws `SandboxError` ('runner') where there are none for
 * this machine.
 */
export function onnxruntimeFiles(
  folder: string,
  machine = `${process.platform}/${process.arch}`,
): OnnxruntimeFiles {
  const pinned = PINNED.get(machine);
  if (!pinned) {
    throw new SandboxError(
      'runner',
      `The executor ${ONNX_NATIVE} runs on ${[...PINNED.keys()].join(' and ')}, and this is ${machine}.`,
    );
  }
  const at = (name: string) => join(folder, 'node_modules/onnxruntime-node/bin/napi-v6', machine, name);
  return {
    addon: { path: at('onnxruntime_binding.node'), sha256: pinned.addon },
    library: { path: at('libonnxruntime.so.1'), sha256: pinned.library },
  };
}

/** The same, once they are seen to be those. Throws `SandboxError` ('runner') where one is missing, or another file. */
export function checkedOnnxruntime(folder: string): OnnxruntimeFiles {
  const files = onnxruntimeFiles(folder);
  for (const { path, sha256 } of Object.values<PinnedFile>({ ...files })) {
    const found = digestOf(path, folder);
    if (found === sha256) continue;
    throw unusable(`${path} has the SHA-256 ${found}, not ${sha256}`, folder);
  }
  return files;
}

const PIECE = 1 << 20;

function digestOf(path: string, folder: string): string {
  const hash = createHash('sha256');
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const piece = new Uint8Array(PIECE);
    for (let got = readSync(file, piece); got > 0; got = readSync(file, piece))
      hash.update(piece.subarray(0, got));
  } catch (cause) {
    throw unusable(`${path} cannot be read`, folder, cause);
  } finally {
    if (file !== undefined) closeSync(file);
  }
  return hash.digest('hex');
}

const unusable = (why: string, folder: string, cause?: unknown) =>
  new SandboxError(
    'runner',
    `${why}: the executor ${ONNX_NATIVE} wants onnxruntime-node ${ONNXRUNTIME_VERSION} (${installOnnxruntime(folder)}).`,
    { cause },
  );

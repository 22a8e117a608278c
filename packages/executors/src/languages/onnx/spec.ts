/** How the host starts `builtin-onnx-predict` on the native ONNX Runtime. */
import { bundles } from '@gaiwan/runners';
import { limits } from '../../limits.ts';
import type { RunnerSpec } from '../../sandbox/runner.ts';
import { beside } from '../../sandbox/runtimes.ts';
import { node } from '../node-runner.ts';
import { ONNX_NATIVE, ONNXRUNTIME_VERSION, onnxruntimeFiles } from './pinned.ts';

/** The pair that it runs: a built-in function, in a sandbox. */
export const ONNX_NATIVE_PAIR = `builtin/${ONNX_NATIVE}`;

/** Parts of the system's C and C++ libraries that the runtime is linked with, and Node may do without. */
const LIBRARIES = [
  'libc.so.6',
  'libdl.so.2',
  'libgcc_s.so.1',
  'libm.so.6',
  'libpthread.so.0',
  'librt.so.1',
  'libstdc++.so.6',
];
/** MiB. Node with the runtime and one model that has run. */
const OVERHEAD = 160;

/**
 * `folder`: the operator's, that npm installed `onnxruntime-node` to. The process in the sandbox looks at the bytes of both files before it
 * loads them; nothing of them is loaded here. Throws `SandboxError` ('runner') on a machine that there is no runtime for.
 */
export function onnxRunner({ folder }: { readonly folder: string }): RunnerSpec {
  const { addon, library } = onnxruntimeFiles(folder);
  const { readOnly, ...started } = node(
    bundles.onnx,
    [addon.path, library.path],
    [
      '--allow-addons',
      // Rows are JavaScript's, and the task's limit of memory counts them.
      `--max-old-space-size=${limits.onnxHeap.value}`,
    ],
  );
  return {
    name: `ONNX Runtime (native ${ONNXRUNTIME_VERSION})`,
    pairs: [ONNX_NATIVE_PAIR],
    ...started,
    command: [...started.command, ONNX_NATIVE, addon.path, addon.sha256, library.path, library.sha256],
    readOnly: [...new Set([...readOnly, ...beside(LIBRARIES)])],
    // No call follows another in one process: nothing wipes what native code has freed.
    layers: {
      interpreter:
        'none: native code reads a stranger’s model; the layers around the process keep what it does there',
    },
    overheadMiB: OVERHEAD,
  };
}

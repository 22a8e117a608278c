/** Which executors the workers of a platform have: the operator's decision, and part of what is measured. */

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { dictionary } from '@gaiwan/errors';
import {
  checkedOnnxruntime,
  customRunner,
  installOnnxruntime,
  LAYERS,
  type Layer,
  ONNX_NATIVE,
  type RunnerSpec,
  requiredByDefault,
  SYSTEM_PYTHON,
  within,
} from '@gaiwan/executors';
import { refuse } from '../../errors.ts';

/** What runs untrusted code, beside `builtin`, which every worker has. */
export const executorKinds = ['python', 'cpython', 'wasm', 'javascript', 'onnx-native'] as const;
export type ExecutorKind = (typeof executorKinds)[number];

export interface ExecutorOptions {
  /**
   * Default: python, wasm, javascript, wherever the layers that they need are on offer. Those that are named here are
   * started before there are tasks for them.
   */
  readonly executors?: readonly string[];
  /** Layers without which no party's code is run. Default: those of `requiredByDefault`. */
  readonly sandbox?: readonly string[];
  /** The interpreter of cpython, and what it loads ahead of time. Default: /usr/bin/python3, nothing. */
  readonly cpython?: string;
  readonly pythonModules?: readonly string[];
  /** The folder that npm installed onnxruntime-node to: its presence is the choice of the executor onnx-native. */
  readonly onnxruntime?: string;
  /** Descriptions of executors that the operator brings (paths of `executor.json`). */
  readonly customExecutors?: readonly string[];
  /** See `SandboxOptions`: the control group of version 2 under which sandboxes get theirs. */
  readonly cgroup?: string;
  /** Gives each call a new sandbox, also where it could be one that served the same trust domain. Default: no. */
  readonly freshSandboxes?: boolean;
  /** The data folder, where there is one yet: no executor may ask to see any of it. */
  readonly data?: string;
}

/** Plain values: a worker gets them as JSON. */
export interface ExecutorSettings {
  readonly kinds: readonly ExecutorKind[];
  readonly require: readonly Layer[];
  readonly cpython: { readonly python: string; readonly modules: readonly string[] };
  /** The folder with the native ONNX Runtime, where onnx-native is one of the kinds. */
  readonly onnxruntime?: string;
  readonly custom: readonly RunnerSpec[];
  readonly cgroup?: string;
  readonly freshSandboxes: boolean;
  /** Are interpreters started before there are tasks for them? */
  readonly ahead: boolean;
}

const CUSTOM_PAIR = /^custom:([^/]+)\/\1$/;
const DEFAULT_KINDS: readonly ExecutorKind[] = ['python', 'wasm', 'javascript'];

/** Throws `PlatformError` (bad-executors). */
export function executorSettings({
  executors,
  sandbox,
  cpython = SYSTEM_PYTHON,
  pythonModules = [],
  onnxruntime,
  customExecutors = [],
  cgroup,
  freshSandboxes = false,
  data,
}: ExecutorOptions): ExecutorSettings {
  const kinds = new Set((executors ?? DEFAULT_KINDS).filter((name) => name !== 'builtin'));
  const unknown = [...kinds].find((name) => !executorKinds.some((kind) => kind === name));
  if (unknown !== undefined)
    throw bad(`There is no executor "${unknown}": use some of builtin, ${executorKinds.join(', ')}`);
  if (onnxruntime !== undefined) kinds.add(ONNX_NATIVE);
  if (kinds.has(ONNX_NATIVE)) requireOnnxruntime(onnxruntime);
  const layer = sandbox?.find((name) => !LAYERS.some((known) => known === name));
  if (layer !== undefined)
    throw bad(`There is no layer "${layer}" of a sandbox: use some of ${LAYERS.join(', ')}`);
  if (cgroup !== undefined && resolve(cgroup) !== cgroup)
    throw bad(`The control group "${cgroup}" must be an absolute path, as /sys/fs/cgroup/gaiwan`);
  const require = sandbox ?? requiredByDefault();
  return {
    kinds: executorKinds.filter((kind) => kinds.has(kind)),
    require: LAYERS.filter((known) => require.includes(known)),
    cpython: { python: cpython, modules: [...pythonModules].sort() },
    ...(onnxruntime !== undefined && { onnxruntime }),
    custom: customExecutors.map((path) => customSpec(path, data)),
    ...(cgroup !== undefined && { cgroup }),
    freshSandboxes,
    ahead: executors !== undefined,
  };
}

/** Both files have been seen to be those that this program knows; each sandbox looks again. */
function requireOnnxruntime(folder: string | undefined): void {
  if (folder === undefined) {
    throw bad(
      `The executor ${ONNX_NATIVE} wants a native ONNX Runtime: ${installOnnxruntime('FOLDER')}, and give that folder (--onnxruntime FOLDER)`,
    );
  }
  if (resolve(folder) !== folder)
    throw bad(`The folder "${folder}" of the native ONNX Runtime must be an absolute path`);
  try {
    checkedOnnxruntime(folder);
  } catch (cause) {
    throw bad(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function customSpec(path: string, data: string | undefined): RunnerSpec {
  let spec: RunnerSpec;
  try {
    spec = customRunner(JSON.parse(readFileSync(path, 'utf8')), resolve(dirname(path)));
  } catch (cause) {
    throw bad(`${path}: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
  const odd = spec.pairs.find((pair) => !CUSTOM_PAIR.test(pair));
  if (odd !== undefined)
    throw bad(`${path}: an executor that you bring runs "custom:NAME/NAME", not "${odd}"`);
  const leak = data === undefined ? undefined : spec.readOnly.find((name) => meets(name, data));
  if (leak !== undefined)
    throw bad(`${path}: an executor cannot see ${leak}, which has to do with the data folder ${data}`);
  return spec;
}

/** Is one of the two within the other? */
function meets(path: string, data: string): boolean {
  const [one, other] = [path, data].map((name) => (existsSync(name) ? realpathSync(name) : resolve(name)));
  return one !== undefined && other !== undefined && (within(one, other) || within(other, one));
}

/**
 * What is measured: the settings, all of each description of a custom executor, and of a program that is not part of this
 * one the SHA-256 of each file that it names. Of folders it is the paths, and where they lead to.
 */
export function measuredExecutors(settings: ExecutorSettings): object {
  const { kinds, require, cpython, onnxruntime, custom, cgroup, freshSandboxes } = settings;
  const python = kinds.includes('cpython') ? { ...cpython, sha256: sha256(cpython.python) } : undefined;
  return {
    kinds,
    require,
    cpython: python,
    onnxruntime:
      onnxruntime === undefined ? undefined : { folder: onnxruntime, ...checkedOnnxruntime(onnxruntime) },
    custom: custom.map(measuredRunner),
    cgroup,
    freshSandboxes,
  };
}

function measuredRunner({ readOnly, forks = false, nodePermission = false, ...spec }: RunnerSpec): object {
  const seen = [...new Set(readOnly)].sort();
  const files = [...new Set([...spec.command, ...seen])].filter(isFile);
  return {
    ...spec,
    forks,
    nodePermission,
    readOnly: seen.map((path) => [path, realpathSync(path)]),
    files: dictionary(files.map((path) => [path, sha256(path)] as const)),
  };
}

const isFile = (path: string): boolean =>
  path.startsWith('/') && statSync(path, { throwIfNoEntry: false })?.isFile() === true;

function sha256(path: string): string {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  } catch (cause) {
    throw bad(`${path} cannot be read, and so not be measured`, cause);
  }
}

const bad = (why: string, cause?: unknown) =>
  refuse('bad-executors', `${why}.`.replace(/\.\.$/, '.'), { cause });

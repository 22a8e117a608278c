/** doctor: what this host offers to a worker, layer by layer, and how to get what is missing. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LayerReport } from '@gaiwan/executors';
import { buildCommand } from '@stricli/core';
import { type Context, print, table } from '../context.ts';
import { usage } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { examples, type Json, jsonFlag, textFlag } from '../flags.ts';
import { limits } from '../limits.ts';
import { machineFlags } from '../machine-flags.ts';
import { configurationOf, measuredFlags } from '../measured-flags.ts';
import { type AnchorFlags, anchorLine, type Line } from './doctor-anchor.ts';
import { machineLine } from './doctor-machine.ts';

interface DoctorFlags extends Json, AnchorFlags {
  readonly python?: string | undefined;
}

export const doctor = buildCommand<DoctorFlags, [], Context>({
  docs: {
    brief: 'Show what this host offers to run untrusted code, and what is missing',
    fullDescription: `Tries each layer of the sandbox for real, by starting a program in it that looks around. Looks for a native Python and for a
machine that proves what it runs. Given the options of serve, it looks at what these ask for: the machine of --tee, the layers of --sandbox;
and it asks a key broker that is the anchor what it remembers, unless a TPM attests this machine.
Exit code 0: everything that a worker requires (by default, or by --sandbox) is there. 1: something is not.

${examples('gaiwan doctor', 'gaiwan doctor --json', 'gaiwan doctor --cgroup /sys/fs/cgroup/gaiwan.slice/sandboxes')}`,
  },
  parameters: {
    flags: {
      python: textFlag('Native Python that functions may use (default: /usr/bin/python3)', 'PROGRAM'),
      ...machineFlags,
      ...measuredFlags,
      json: jsonFlag,
    },
  },
  async func(flags) {
    const { cgroup, python, json } = flags;
    const { LAYERS, probeHost, requiredByDefault, SYSTEM_PYTHON } = await import('@gaiwan/executors');
    const required: readonly string[] = configurationOf(flags).sandbox ?? requiredByDefault();
    const unknown = required.find((name) => !LAYERS.some((layer) => layer === name));
    if (unknown !== undefined)
      throw usage(`There is no layer "${unknown}" of a sandbox: use some of ${LAYERS.join(', ')}.`);
    const folder = await mkdtemp(join(tmpdir(), 'gaiwan-doctor-'));
    let layers: readonly LayerReport[];
    try {
      ({ reports: layers } = await probeHost(folder, cgroup));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    const lines = [
      ...layers.map(({ layer, ...rest }) => ({ what: layer, required: required.includes(layer), ...rest })),
      ...(await coreDumps()),
      nativePython(python ?? SYSTEM_PYTHON),
      ...(await nativeOnnx(flags.onnxruntime)),
      await machineLine(flags),
      await anchorLine(flags),
    ];
    const ready = lines.every((line) => line.offered || !line.required);
    this.process.exitCode = ready ? exitCodes.ok.value : exitCodes.refused.value;
    print(this, json === true, { ready, lines }, () => text(lines, ready));
  },
});

function text(lines: readonly Line[], ready: boolean): string {
  const missing = lines.filter(({ offered }) => !offered);
  return [
    table([['', '', ''], ...lines.map((line) => [markOf(line), line.what, line.detail])]).trimStart(),
    ...(missing.length === 0 ? [] : ['', 'To get what is missing:']),
    ...missing.map(({ what, remedy = '' }) => `  ${what}: ${remedy}`),
    '',
    ready
      ? 'This host has all that a platform and its workers require.'
      : 'Where a layer is missing, untrusted code is not run here; without core-dumps nothing starts.',
  ].join('\n');
}

const markOf = ({ offered, asked, required }: Line): string =>
  offered ? 'yes' : asked === false ? 'not asked' : required ? 'MISSING' : 'no';

/** Tried for real, on this very process. */
async function coreDumps(): Promise<Line[]> {
  const { forbidCoreDumps, PlatformError } = await import('@gaiwan/platform');
  const [dumps, attach] = [
    { what: 'core-dumps', required: true },
    { what: 'not-dumpable', required: false },
  ];
  const remedy =
    'run it as root, or alone under a user of its own with kernel.yama.ptrace_scope at 1 or more';
  const dumpable = { ...attach, offered: false, detail: 'processes of the same user may attach', remedy };
  try {
    const held = forbidCoreDumps();
    if (held === undefined)
      return [{ ...dumps, required: false, offered: false, detail: 'no Linux', remedy: 'Linux' }, dumpable];
    const detail = `none: limit ${held.limit}, and no memory would be in one`;
    const kept = { ...attach, offered: true, detail: 'nobody but root may attach' };
    return [{ ...dumps, offered: true, detail }, held.dumpable ? dumpable : kept];
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    const install = 'apt-get install util-linux, which has prlimit; and mount /proc';
    return [{ ...dumps, offered: false, detail: error.message, remedy: install }, dumpable];
  }
}

/** Where the options ask for it: whether the folder has the two files that sandboxes load. */
async function nativeOnnx(folder: string | undefined): Promise<Line[]> {
  if (folder === undefined) return [];
  const { checkedOnnxruntime, installOnnxruntime, ONNX_NATIVE, SandboxError } = await import(
    '@gaiwan/executors'
  );
  const base = { what: ONNX_NATIVE, required: true };
  try {
    checkedOnnxruntime(folder);
    return [{ ...base, offered: true, detail: `${folder}: the files that this program knows` }];
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error;
    return [{ ...base, offered: false, detail: error.message, remedy: installOnnxruntime(folder) }];
  }
}

function nativePython(program: string): Line {
  const { stdout, status } = spawnSync(program, ['-I', '-c', 'import sys; print(sys.version.split()[0])'], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '' },
    timeout: limits.doctorProbe.value,
  });
  const base = { what: 'python', required: false };
  if (status === 0) return { ...base, offered: true, detail: `${program}: Python ${stdout.trim()}` };
  const remedy = 'apt-get install python3 (functions in Python run without it, too)';
  return { ...base, offered: false, detail: `${program} does not run`, remedy };
}

/** doctor: what this host offers to a worker, layer by layer, and how to get what is missing. */
import { spawnSync } from 'node:child_process';
import { access, constants, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '@gaiwan/errors';
import type { LayerReport } from '@gaiwan/executors';
import { buildCommand } from '@stricli/core';
import { windowText } from '../anchor-text.ts';
import { type Context, print, table } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { examples, type Json, jsonFlag, textFlag } from '../flags.ts';
import { limits } from '../limits.ts';
import { keyBrokerFlags, keyBrokerOf, machineFlags } from '../machine-flags.ts';

interface DoctorFlags extends Json {
  readonly anchor?: string | undefined;
  readonly anchorInterval?: number | undefined;
  readonly cgroup?: string | undefined;
  readonly python?: string | undefined;
  readonly tpm?: string | undefined;
}

interface Line {
  readonly what: string;
  readonly offered: boolean;
  /** Nobody looked, so it counts as not offered. */
  readonly asked?: false;
  readonly required: boolean;
  readonly detail: string;
  readonly remedy?: string;
}

export const doctor = buildCommand<DoctorFlags, [], Context>({
  docs: {
    brief: 'Show what this host offers to run untrusted code, and what is missing',
    fullDescription: `Tries each layer of the sandbox for real, by starting a program in it that looks around. Looks for a native Python and for a
machine that proves what it runs. Exit code 0: everything that a worker requires by default is there. 1: something is not.

${examples('gaiwan doctor', 'gaiwan doctor --json', 'gaiwan doctor --cgroup /sys/fs/cgroup/gaiwan.slice/sandboxes')}`,
  },
  parameters: {
    flags: {
      cgroup: textFlag('Version 2 control group that is delegated to the worker', 'FOLDER'),
      python: textFlag('Native Python that functions may use (default: /usr/bin/python3)', 'PROGRAM'),
      anchor: keyBrokerFlags.anchor,
      anchorInterval: keyBrokerFlags.anchorInterval,
      tpm: machineFlags.tpm,
      json: jsonFlag,
    },
  },
  async func(flags) {
    const { cgroup, python, json } = flags;
    const { probeHost, requiredByDefault, SYSTEM_PYTHON } = await import('@gaiwan/executors');
    const folder = await mkdtemp(join(tmpdir(), 'gaiwan-doctor-'));
    let layers: readonly LayerReport[];
    try {
      ({ reports: layers } = await probeHost(folder, cgroup));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    const required = requiredByDefault();
    const lines = [
      ...layers.map(({ layer, ...rest }) => ({ what: layer, required: required.includes(layer), ...rest })),
      ...(await coreDumps()),
      nativePython(python ?? SYSTEM_PYTHON),
      await machine(),
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
      ? 'This host has all that a platform and its workers require by default.'
      : 'With the usual requirements untrusted code is not run here; without core-dumps nothing starts.',
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

/** Whether an older copy of the whole data folder would be noticed; of a folder and a TPM, whether it can be used. Nothing is made or changed. */
async function anchorLine(flags: DoctorFlags): Promise<Line> {
  const base = { what: 'anchor', required: false };
  const { anchor } = keyBrokerOf(flags);
  if (!anchor) {
    const detail = 'none: an older copy of the whole data folder would go unnoticed';
    return {
      ...base,
      offered: false,
      detail,
      remedy: 'serve --anchor tpm, key-broker, or file:DIR to try it out',
    };
  }
  const { anchorInterval } = await import('@gaiwan/enclave');
  const detail = `${anchor.kind}, ${windowText(anchorInterval(anchor))}`;
  if (anchor.kind === 'tpm') return { ...base, ...(await tpmAsAnchor(flags.tpm, detail)) };
  if (anchor.folder !== undefined) return { ...base, ...(await folderAsAnchor(anchor.folder, detail)) };
  return {
    ...base,
    offered: false,
    asked: false,
    detail: `${detail}; the key broker was not asked: it answers the measured program alone`,
    remedy: 'serve asks it at the start, and serves nothing without its answer',
  };
}

/** Looks before it reads: the anchor makes its folder where there is none, a mistyped one too. */
async function folderAsAnchor(folder: string, detail: string) {
  try {
    if (!(await stat(folder)).isDirectory()) throw new Error('it is no folder');
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    const { fileAnchor } = await import('@gaiwan/enclave');
    await fileAnchor(folder).read();
    return { offered: true, detail };
  } catch (error) {
    const remedy = `a folder that this user may write: mkdir ${folder}, unless it is mistyped`;
    return { offered: false, detail: `${folder}: ${messageOf(error)}`, remedy };
  }
}

/** Whether the TPM has what an anchor needs. Nothing in it is changed. */
async function tpmAsAnchor(tpm: string | undefined, detail: string) {
  const { connectTpm, tpmAnchorProblem } = await import('@gaiwan/enclave');
  const problem = await tpmAnchorProblem(() => connectTpm(tpm));
  return problem === undefined
    ? { offered: true, detail }
    : { offered: false, detail: problem, remedy: 'a TPM 2.0 whose owner has no password: --tpm' };
}

async function machine(): Promise<Line> {
  const base = { what: 'machine', required: false };
  const { detectTee, MachineError } = await import('@gaiwan/enclave');
  try {
    return { ...base, offered: true, detail: `proves what it runs: ${await detectTee('/dev/tpmrm0')}` };
  } catch (error) {
    const remedy = 'a machine with TDX, SEV-SNP, Arm CCA, SGX, Nitro or a TPM; for tests: gaiwan simulation';
    const nothing = error instanceof MachineError && error.code === 'no-tee';
    const detail = nothing ? 'no configfs-tsm, Gramine, Nitro or TPM' : String(error);
    return { ...base, offered: false, detail, remedy };
  }
}

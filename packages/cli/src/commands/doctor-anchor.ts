/** What doctor says of an anchor: whether an older copy of the whole data folder would be noticed. Nothing at the anchor is made or changed. */
import { access, constants, stat } from 'node:fs/promises';
import type { MachineSettings } from '@gaiwan/enclave';
import { messageOf } from '@gaiwan/errors';
import { windowText } from '../anchor-text.ts';
import { keyBrokerOf, type MachineFlags, machineOf } from '../machine-flags.ts';
import { configurationOf, type MeasuredFlags } from '../measured-flags.ts';
import { PROGRAM } from '../program.ts';

export interface Line {
  readonly what: string;
  readonly offered: boolean;
  /** Nobody looked, so it counts as not offered. */
  readonly asked?: false;
  readonly required: boolean;
  readonly detail: string;
  readonly remedy?: string;
}

export interface AnchorFlags extends MachineFlags, MeasuredFlags {}

type Found = Pick<Line, 'offered' | 'asked' | 'detail' | 'remedy'>;

export async function anchorLine(flags: AnchorFlags): Promise<Line> {
  return { what: 'anchor', required: false, ...(await look(flags)) };
}

async function look(flags: AnchorFlags): Promise<Found> {
  const { anchor } = keyBrokerOf(flags);
  if (!anchor) {
    const detail = 'none: an older copy of the whole data folder would go unnoticed';
    return { offered: false, detail, remedy: 'serve --anchor tpm, key-broker, or file:DIR to try it out' };
  }
  const { anchorInterval } = await import('@gaiwan/enclave');
  const detail = `${anchor.kind}, ${windowText(anchorInterval(anchor))}`;
  if (anchor.kind === 'tpm') return tpmAsAnchor(flags.tpm, detail);
  if (anchor.folder !== undefined) return folderAsAnchor(anchor.folder, detail);
  if (flags.keyBroker !== undefined) return brokerAsAnchor(flags, detail);
  return {
    offered: false,
    asked: false,
    detail: `${detail}; the key broker was not asked: it answers the measured program alone`,
    remedy: 'give the options of serve about the machine, the key broker and what is measured',
  };
}

/** Asked as serve asks it: as the same program with the same configuration. */
async function brokerAsAnchor(flags: AnchorFlags, detail: string): Promise<Found> {
  try {
    const machine = machineOf(flags);
    if (await isMeasuredIntoTpm(machine))
      return {
        offered: false,
        asked: false,
        detail: `${detail}; the key broker was not asked: this program would have to be measured into a register of the TPM, once until the next boot`,
        remedy: 'start serve: it asks the broker before anything else',
      };
    const options = { program: PROGRAM, machine, ...configurationOf(flags) };
    const { askAnchor } = await import('@gaiwan/platform');
    const state = await askAnchor(options);
    const remembers = state ? `epoch ${state.epoch}, commit ${state.commits}` : 'nothing yet';
    return { offered: true, detail: `${detail}; it remembers ${remembers}` };
  } catch (error) {
    const remedy =
      'the owner of the key broker must let this program have the key, with all options of serve';
    return { offered: false, detail: messageOf(error), remedy };
  }
}

/** With other options than those of serve, serve would not start until the next boot. */
async function isMeasuredIntoTpm({ tee, tpm }: MachineSettings): Promise<boolean> {
  if (tee !== 'auto') return tee === 'tpm';
  const { DEFAULT_TPM, detectTee } = await import('@gaiwan/enclave');
  return (await detectTee(tpm ?? DEFAULT_TPM)) === 'tpm';
}

/** Looks before it reads: the anchor makes its folder where there is none, a mistyped one too. */
async function folderAsAnchor(folder: string, detail: string): Promise<Found> {
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
async function tpmAsAnchor(tpm: string | undefined, detail: string): Promise<Found> {
  const { connectTpm, tpmAnchorProblem } = await import('@gaiwan/enclave');
  const problem = await tpmAnchorProblem(() => connectTpm(tpm));
  return problem === undefined
    ? { offered: true, detail }
    : { offered: false, detail: problem, remedy: 'a TPM 2.0 whose owner has no password: --tpm' };
}

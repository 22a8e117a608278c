/**
 * Linux's interface to TDX, SEV-SNP and Arm CCA from 6.7 on: configfs-tsm (Documentation/ABI/testing/configfs-tsm). A folder is
 * made for each report; the kernel fills it with files.
 */

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type Evidence, parseQuote, parseSnpReport, Refusal } from '@gaiwan/attestation';
import { systemCode } from '@gaiwan/errors';
import { limits } from '../limits.ts';
import {
  type Attestation,
  type Attester,
  AttesterError,
  type AttesterKind,
  checkReportData,
} from './attester.ts';
import { type InterfaceFiles, nodeFiles } from './files.ts';

/** Where configfs-tsm is, and how it is used. */
export interface ConfigfsOptions {
  /** Default: /sys/kernel/config/tsm/report. */
  readonly base?: string;
  /** VMPL of SNP. Default: the kernel's. */
  readonly privlevel?: number;
  readonly files?: InterfaceFiles;
  /** Milliseconds before another try where the machine was busy, doubled each time. Default: 50. */
  readonly wait?: number;
}

const BASE = '/sys/kernel/config/tsm/report';
/** Passing trouble of the driver or of the machine's quoting service. */
const BUSY = ['EBUSY', 'ETIMEDOUT', 'EINTR', 'EAGAIN'];

const providers: Readonly<Record<string, AttesterKind>> = {
  tdx_guest: 'tdx',
  sev_guest: 'snp',
  arm_cca_guest: 'cca',
};

const codeOf = (error: unknown): string => String(systemCode(error));

function attesterErrorOf(error: unknown, base: string): AttesterError {
  if (error instanceof AttesterError) return error;
  const cause = { cause: error };
  const code = codeOf(error);
  if (code === 'ENOENT' || code === 'ENXIO' || code === 'ENOTDIR')
    return new AttesterError(
      'not-available',
      `${base} is not there or has no driver behind it: mount configfs, and load tdx-guest, sev-guest or arm-cca-guest.`,
      cause,
    );
  if (code === 'EACCES' || code === 'EPERM')
    return new AttesterError('not-permitted', `Reports at ${base} are for root only.`, cause);
  if (BUSY.includes(code))
    return new AttesterError('busy', `The machine gave no report in time (${code}): try again.`, cause);
  return new AttesterError('failed', `The kernel refused to make a report (${code}).`, cause);
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1').trim();

/**
 * What the machine is; undefined where the interface or its driver is absent, or makes evidence that is not known here.
 *
 * @throws {AttesterError} where that could not be found out, e.g. `not-permitted`
 */
export async function detectConfigfs({
  base = BASE,
  files = nodeFiles,
}: ConfigfsOptions = {}): Promise<AttesterKind | undefined> {
  try {
    return providers[
      await inFolder(files, base, (folder) => files.read(join(folder, 'provider')).then(text))
    ];
  } catch (error) {
    const known = attesterErrorOf(error, base);
    if (known.code === 'not-available') return undefined;
    throw known;
  }
}

/** A folder of our own, gone afterwards: whoever else uses the interface has others. */
async function inFolder<T>(
  files: InterfaceFiles,
  base: string,
  action: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = join(base, `gaiwan-${randomBytes(12).toString('hex')}`);
  await files.mkdir(folder);
  try {
    return await action(folder);
  } finally {
    // One that stays is only a name; a report is not worth less for it.
    await files.rmdir(folder).catch(() => undefined);
  }
}

/**
 * Attester of the machine's own kind.
 *
 * @throws {AttesterError} `not-available` where there is none
 */
export async function configfsAttester(options: ConfigfsOptions = {}): Promise<Attester> {
  const { base = BASE, files = nodeFiles, wait = limits.configfsWait.value, privlevel } = options;
  let provider: string;
  try {
    provider = await inFolder(files, base, (folder) => files.read(join(folder, 'provider')).then(text));
  } catch (error) {
    throw attesterErrorOf(error, base);
  }
  const kind = providers[provider];
  if (kind === undefined)
    throw new AttesterError(
      'not-available',
      `The driver "${provider.slice(0, 40)}" makes evidence that is not known here.`,
    );
  return {
    kind,
    async evidence(reportData) {
      checkReportData(reportData);
      for (let attempt = 1; ; attempt++) {
        try {
          return await inFolder(files, base, (folder) =>
            makeReport({ files, folder, kind, privlevel }, reportData),
          );
        } catch (error) {
          if (!BUSY.includes(codeOf(error)) || attempt === limits.configfsAttempts.value)
            throw attesterErrorOf(error, base);
          await new Promise((resolve) => setTimeout(resolve, wait * 2 ** (attempt - 1)));
        }
      }
    },
  };
}

interface ReportRequest {
  readonly files: InterfaceFiles;
  /** Of this report alone. */
  readonly folder: string;
  readonly kind: AttesterKind;
  readonly privlevel: number | undefined;
}

/** Not every kernel has the file; one that is there and cannot be read is no missing one. */
function noneIfAbsent(error: unknown): Uint8Array {
  if (codeOf(error) === 'ENOENT') return new Uint8Array();
  throw error;
}

async function makeReport(
  { files, folder, kind, privlevel }: ReportRequest,
  reportData: Uint8Array,
): Promise<Attestation> {
  const read = (name: string) => files.read(join(folder, name));
  const readGeneration = async () => Number(text(await read('generation')));
  if (privlevel !== undefined) await files.write(join(folder, 'privlevel'), Buffer.from(String(privlevel)));
  const before = await readGeneration();
  await files.write(join(folder, 'inblob'), reportData);
  const bytes = await read('outblob');
  const auxiliary = kind === 'snp' ? await read('auxblob').catch(noneIfAbsent) : new Uint8Array();
  const after = await readGeneration();
  // Each accepted write counts one. Fewer: the kernel threw ours away without a word; more: somebody else wrote here.
  if (after !== before + 1)
    throw new AttesterError(
      'interference',
      `The report's generation went from ${before} to ${after}, not by one.`,
    );
  const evidence = evidenceOf(kind, bytes);
  checkReportDataOf(evidence, reportData);
  return { evidence, ...(auxiliary.length > 0 && { endorsements: { certificateTable: auxiliary } }) };
}

function evidenceOf(kind: AttesterKind, bytes: Uint8Array): Evidence {
  if (kind === 'tdx') return { kind: 'dcap', quote: bytes };
  return kind === 'snp' ? { kind: 'snp', report: bytes } : { kind: 'cca', token: bytes };
}

/** A token of CCA is not taken apart here: the verifier compares its challenge. */
function checkReportDataOf(evidence: Evidence, reportData: Uint8Array): void {
  try {
    const found =
      evidence.kind === 'dcap'
        ? parseQuote(evidence.quote).body.reportData
        : evidence.kind === 'snp'
          ? parseSnpReport(evidence.report).reportData
          : undefined;
    if (found === undefined || found === Buffer.from(reportData).toString('hex')) return;
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause;
    throw new AttesterError('failed', `The kernel gave what is no evidence: ${cause.message}`, { cause });
  }
  throw new AttesterError('interference', 'The report is about other data than those that were asked for.');
}

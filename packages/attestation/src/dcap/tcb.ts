/** Which TCB level describes a platform, its quoting enclave and its TDX module (after Intel's quote verification library). */
import { byteAt, fromHex } from '../bytes.ts';
import { Refusal } from '../refusal.ts';
import type { SgxReport, TdReport } from './body.ts';
import type { IsvLevel, Level, ModuleIdentity, PlatformLevel, QeIdentity, TcbInfo } from './collateral.ts';
import type { Pck } from './pck.ts';
import type { Quote } from './quote.ts';
import { converge, type LevelStatus, relaunchStatus, type TcbStatus } from './status.ts';

/** What TCB Info and QE Identity say about a genuine quote. Data for policy: nothing here refuses a bad status. */
export interface TcbEvaluation {
  readonly tcbStatus: TcbStatus;
  readonly platformTcbStatus: LevelStatus;
  readonly qeTcbStatus: LevelStatus;
  /** Of the module at launch; absent for SGX and for generation 0 of the module. */
  readonly tdxModuleTcbStatus?: LevelStatus;
  /** TD 1.5 and later: the whole status by the SVN at launch, and by the one of now. */
  readonly launchTcbStatus?: LevelStatus;
  readonly currentTcbStatus?: LevelStatus;
  /** Sorted, each once: of every level that was matched. */
  readonly advisoryIds: readonly string[];
  /** Oldest date of the matched levels, ISO 8601: everything fixed after it may be missing. */
  readonly tcbDate: string;
  /** The smaller of the evaluation numbers of TCB Info and QE Identity. */
  readonly tcbEvaluationDataNumber: number;
}

const isAtLeast = (have: readonly number[], want: readonly number[], from = 0): boolean =>
  // A component that is missing is below every level.
  want.every((svn, index) => index < from || (have[index] ?? -1) >= svn);

const isEqualUnder = (mask: Uint8Array, bytes: Uint8Array, want: Uint8Array): boolean =>
  bytes.length === mask.length &&
  bytes.length === want.length &&
  bytes.every((byte, at) => ((byte ^ byteAt(want, at)) & byteAt(mask, at)) === 0);

/**
 * Throws "qe-identity-mismatch" unless the QE is the one that the identity describes (PCS API v4, "Enclave Identity", and how a level
 * of it is found).
 */
function matchQe(identity: QeIdentity, qe: SgxReport): IsvLevel {
  const mismatch = (what: string) =>
    new Refusal('qe-identity-mismatch', `The quoting enclave's ${what} is not that of the QE Identity.`);
  if (identity.mrSigner !== qe.mrSigner) throw mismatch('MRSIGNER');
  if (identity.isvProdId !== qe.isvProdId) throw mismatch('ISVPRODID');
  if (!isEqualUnder(identity.miscSelectMask, fromHex(qe.miscSelect), identity.miscSelect))
    throw mismatch('MISCSELECT');
  if (!isEqualUnder(identity.attributesMask, fromHex(qe.attributes), identity.attributes))
    throw mismatch('ATTRIBUTES');
  const level = identity.levels.find(({ isvSvn }) => isvSvn <= qe.isvSvn);
  if (level === undefined) {
    throw new Refusal('tcb-not-supported', `The quoting enclave's ISVSVN ${qe.isvSvn} is below every level.`);
  }
  return level;
}

/** PCS API v4, "TCB Info", how the level of a platform is found. `svn`: TEE_TCB_SVN of a TD, undefined for SGX. */
function matchPlatform(info: TcbInfo, pck: Pck, svn: Uint8Array | undefined): PlatformLevel {
  // From generation 1 on, components 0 and 1 are the module's, and its own identity judges them.
  const from = svn !== undefined && byteAt(svn, 1) > 0 ? 2 : 0;
  const level = info.levels.find(
    ({ sgx, tdx, pceSvn }) =>
      isAtLeast(pck.components, sgx) &&
      pck.pceSvn >= pceSvn &&
      (svn === undefined || (tdx !== undefined && isAtLeast([...svn], tdx, from))),
  );
  if (level === undefined) {
    throw new Refusal('tcb-not-supported', 'The TCB Info has no level for the components of this platform.');
  }
  return level;
}

function checkModule(identity: ModuleIdentity, td: TdReport): void {
  if (identity.mrSigner !== td.mrSignerSeam) {
    throw new Refusal('tdx-module-mismatch', 'MRSIGNERSEAM is not that of the TCB Info.');
  }
  if (!isEqualUnder(identity.mask, fromHex(td.seamAttributes), identity.attributes)) {
    throw new Refusal('tdx-module-mismatch', 'SEAMATTRIBUTES are not those of the TCB Info.');
  }
}

/** PCS API v4, "TCB Info", tdxModuleIdentities. The level of the module, undefined in generation 0, whose SVN is judged with the platform's. */
function matchModule(info: TcbInfo, td: TdReport, svn: Uint8Array): IsvLevel | undefined {
  const [isvSvn, generation] = [byteAt(svn, 0), byteAt(svn, 1)];
  if (generation === 0) {
    if (info.module === undefined) throw new Refusal('tdx-module-mismatch');
    checkModule(info.module, td);
    return undefined;
  }
  const id = `TDX_${generation.toString(16).toUpperCase().padStart(2, '0')}`;
  const identity = info.modules.get(id);
  if (identity === undefined)
    throw new Refusal('tdx-module-mismatch', `The TCB Info does not describe the module ${id}.`);
  checkModule(identity, td);
  const level = identity.levels.find((candidate) => candidate.isvSvn <= isvSvn);
  if (level === undefined)
    throw new Refusal('tcb-not-supported', `The module ${id} with SVN ${isvSvn} is below every level.`);
  return level;
}

interface Evaluation {
  readonly platform: PlatformLevel;
  readonly module: IsvLevel | undefined;
  readonly status: LevelStatus;
}

/** `td`: a TD, and TEE_TCB_SVN, or TEE_TCB_SVN2, hexadecimal; absent for SGX. */
function evaluate(
  info: TcbInfo,
  pck: Pck,
  qe: Level,
  td?: { readonly body: TdReport; readonly svn: string },
): Evaluation {
  const svn = td && fromHex(td.svn);
  const platform = matchPlatform(info, pck, svn);
  const module = td && svn && matchModule(info, td.body, svn);
  const withModule = module === undefined ? platform.status : converge(platform.status, module.status);
  return { platform, module, status: converge(withModule, qe.status) };
}

function summary(levels: readonly Level[], numbers: readonly number[]) {
  const dates = levels.map(({ date }) => date).filter((date) => date !== '');
  return {
    advisoryIds: [...new Set(levels.flatMap(({ advisories }) => advisories))].sort(),
    tcbDate: dates.sort()[0] ?? '',
    tcbEvaluationDataNumber: Math.min(...numbers),
  };
}

/** Throws `Refusal`: "qe-identity-mismatch", "tcb-not-supported", "tdx-module-mismatch". */
export function evaluateTcb(quote: Quote, pck: Pck, info: TcbInfo, identity: QeIdentity): TcbEvaluation {
  const qe = matchQe(identity, quote.qe);
  const numbers = [info.evaluationNumber, identity.evaluationNumber];
  const td = quote.tee === 'tdx' ? quote.body : undefined;
  const launch = evaluate(info, pck, qe, td && { body: td, svn: td.teeTcbSvn });
  const levels: Level[] = [launch.platform, qe, ...(launch.module ? [launch.module] : [])];
  const common = {
    platformTcbStatus: launch.platform.status,
    qeTcbStatus: qe.status,
    ...(launch.module && { tdxModuleTcbStatus: launch.module.status }),
  };
  if (td?.teeTcbSvn2 === undefined)
    return { tcbStatus: launch.status, ...common, ...summary(levels, numbers) };
  const current = evaluate(info, pck, qe, { body: td, svn: td.teeTcbSvn2 });
  levels.push(current.platform, ...(current.module ? [current.module] : []));
  return {
    tcbStatus: relaunchStatus(launch.status, current.status),
    ...common,
    launchTcbStatus: launch.status,
    currentTcbStatus: current.status,
    ...summary(levels, numbers),
  };
}

/** TCB statuses of Intel's Provisioning Certification Service, and how several become one. */
import { told } from '../json/told.ts';
import { Refusal } from '../refusal.ts';

const statuses = [
  'UpToDate',
  'SWHardeningNeeded',
  'ConfigurationNeeded',
  'ConfigurationAndSWHardeningNeeded',
  'OutOfDate',
  'OutOfDateConfigurationNeeded',
  'Revoked',
] as const;

/** What a TCB level can say. */
export type LevelStatus = (typeof statuses)[number];
/** What verification can say. */
export type TcbStatus = LevelStatus | 'TDRelaunchAdvised' | 'TDRelaunchAdvisedConfigurationNeeded';

/** Throws `Refusal` "tcb-status-unknown". */
export function levelStatus(value: unknown): LevelStatus {
  const status = statuses.find((known) => known === value);
  if (status === undefined)
    throw new Refusal('tcb-status-unknown', `The TCB status ${told(value)} does not exist.`);
  return status;
}

const needsConfiguration: ReadonlySet<TcbStatus> = new Set([
  'ConfigurationNeeded',
  'ConfigurationAndSWHardeningNeeded',
  'OutOfDateConfigurationNeeded',
]);

/** The platform's status, made worse by that of its quoting enclave or of its TDX module. */
export function converge(platform: LevelStatus, other: LevelStatus): LevelStatus {
  if (platform === 'Revoked' || other === 'Revoked') return 'Revoked';
  if (other !== 'OutOfDate' && other !== 'OutOfDateConfigurationNeeded') return platform;
  return needsConfiguration.has(platform) || needsConfiguration.has(other)
    ? 'OutOfDateConfigurationNeeded'
    : 'OutOfDate';
}

const isOutOfDate = (status: LevelStatus) =>
  status === 'OutOfDate' || status === 'OutOfDateConfigurationNeeded';

/**
 * A TD 1.5 carries two SVNs of its module: at launch, and now. Out of date at launch and good now: the module was
 * updated under the running TD, which starting it again would heal.
 */
export function relaunchStatus(launch: LevelStatus, current: LevelStatus): TcbStatus {
  if (launch === 'Revoked' || current === 'Revoked') return 'Revoked';
  if (!isOutOfDate(launch)) return isOutOfDate(current) ? current : launch;
  if (isOutOfDate(current)) return launch;
  return needsConfiguration.has(current) ? 'TDRelaunchAdvisedConfigurationNeeded' : 'TDRelaunchAdvised';
}

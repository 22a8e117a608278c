/** Whom a person trusts: options of the command line, and the form in which a login remembers them. */

import { checkPolicy, type Policy, PolicyError } from '@gaiwan/attestation';
import { dictionary } from '@gaiwan/errors';
import type { ReferenceValues, ServiceTrust } from '@gaiwan/trust';
import { usage } from './errors.ts';
import { listFlag, numberFlag, textFlag } from './flags.ts';
import { readBytes, readText } from './terminal/secrets.ts';

export interface TrustFlags {
  readonly simulation?: string | undefined;
  readonly policy?: string | undefined;
  readonly enclaveInfo?: string | undefined;
  readonly auditor?: readonly string[] | undefined;
  readonly signature?: readonly string[] | undefined;
  readonly needed?: number | undefined;
  readonly endorsements?: string | undefined;
  readonly pccs?: string | undefined;
}

export const trustFlags = {
  enclaveInfo: textFlag('What the platform may run: enclave_info.toml, signed by auditors', 'FILE'),
  auditor: listFlag('Public key of an auditor that you trust (PEM; repeatable; for --enclave-info)', 'FILE'),
  signature: listFlag("An auditor's signature over the enclave info (repeatable)", 'FILE'),
  needed: numberFlag('How many of these auditors must have signed (default: all)', 1, 100),
  policy: textFlag(
    'Appraisal policy (JSON): in place of --enclave-info, or beside it without measurements',
    'FILE',
  ),
  simulation: textFlag(
    'Trust this simulated machine (its folder) and no real one: nothing is protected',
    'DIR',
  ),
  endorsements: textFlag("Folder with endorsements, in place of the vendors' services", 'PATH'),
  pccs: textFlag("A PCCS, in place of Intel's service", 'URL'),
} as const;

export const trustHelp = `Which platform to trust: what it may run (--enclave-info with --auditor and --signature, or a --policy of your own), and on whose
machines: by default those of the vendors; with --simulation that simulated machine and no other.`;

/** All contents, so that files which change later change nothing. Bytes are base64. */
export interface StoredTrust {
  readonly simulation?: {
    readonly root: string;
    readonly endorsements: Readonly<Record<string, string>>;
  };
  readonly endorsements?: string;
  readonly pccs?: string;
  readonly policy?: Policy;
  readonly enclaveInfo?: string;
  readonly signatures?: readonly string[];
  readonly auditors?: { readonly keys: readonly string[]; readonly needed: number };
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));

export const namesTrust = (flags: TrustFlags): boolean =>
  [...namesMachine(flags), ...namesProgram(flags), flags.needed].some((value) => value !== undefined);

const namesMachine = ({ simulation, endorsements, pccs }: TrustFlags) => [simulation, endorsements, pccs];
const namesProgram = ({ policy, enclaveInfo, auditor, signature }: TrustFlags) => [
  policy,
  enclaveInfo,
  auditor?.[0],
  signature?.[0],
];

/** Throws `CliError` (usage) for what is no policy. */
export function policyAt(path: string): Policy {
  const text = readText(path);
  try {
    const policy: unknown = JSON.parse(text);
    checkPolicy(policy);
    return policy;
  } catch (error) {
    if (error instanceof SyntaxError) throw usage(`The policy ${path} is not JSON: ${error.message}`);
    if (error instanceof PolicyError) throw usage(error.message);
    throw error;
  }
}

/** Reads the files that options name. Throws `CliError` (usage) for options that leave open whom to trust. */
export async function readTrust(
  flags: TrustFlags,
  {
    referenceOptional = false,
    remembered,
  }: { readonly referenceOptional?: boolean; readonly remembered?: StoredTrust['auditors'] } = {},
): Promise<StoredTrust> {
  const { enclaveInfo, auditor = [], signature = [], needed, policy, simulation, endorsements, pccs } = flags;
  if (enclaveInfo === undefined && policy === undefined && !referenceOptional) {
    throw usage(
      'Say what the platform may run: --enclave-info FILE with --auditor and --signature, or --policy FILE (gaiwan measure --policy prints one).',
    );
  }
  if (enclaveInfo === undefined && (auditor.length > 0 || signature.length > 0)) {
    throw usage('Auditors sign an enclave info: name it with --enclave-info FILE.');
  }
  if (enclaveInfo !== undefined && auditor.length === 0 && remembered === undefined) {
    throw usage(
      'Say whose signatures under the enclave info count: --auditor FILE, once for each. None are built in.',
    );
  }
  refuseBesideSimulation(flags);
  const { readSimulationTrust } = await import('@gaiwan/trust');
  const machine = simulation === undefined ? undefined : await readSimulationTrust(simulation);
  return {
    ...(machine && {
      simulation: {
        root: base64(machine.root),
        endorsements: dictionary(
          Object.entries(machine.endorsements).map(([part, bytes]) => [part, base64(bytes)] as const),
        ),
      },
    }),
    ...(endorsements !== undefined && { endorsements }),
    ...(pccs !== undefined && { pccs }),
    ...(policy !== undefined && { policy: policyAt(policy) }),
    ...(enclaveInfo !== undefined && {
      enclaveInfo: base64(readBytes(enclaveInfo)),
      signatures: signature.map((path) => base64(readBytes(path))),
      auditors:
        auditor.length === 0 && remembered
          ? { ...remembered, ...(needed !== undefined && { needed }) }
          : { keys: auditor.map(readText), needed: needed ?? auditor.length },
    }),
  };
}

/**
 * What the options name, and the rest as it was: an upgrade changes what may run, and neither whose machine it is nor whose signatures count. `kept`: the options that
 * were remembered. Rejects with `CliError` (usage).
 */
export async function keepRemembered(
  flags: TrustFlags,
  last: StoredTrust,
): Promise<{ readonly trust: StoredTrust; readonly kept: readonly string[] }> {
  const { enclaveInfo, auditor = [] } = flags;
  const isSigned = enclaveInfo !== undefined && auditor.length === 0 && last.auditors !== undefined;
  const read = await readTrust(flags, {
    referenceOptional: true,
    ...(isSigned && { remembered: last.auditors }),
  });
  const isOtherMachine = namesMachine(flags).some((value) => value !== undefined);
  const machine = machineIn(isOtherMachine ? read : last);
  const program = programIn(read, last);
  const trust = { ...machine, ...program };
  const kept = [
    ...(isOtherMachine ? [] : Object.keys(machine).map((name) => `--${name}`)),
    ...(program.enclaveInfo !== undefined && enclaveInfo === undefined ? ['--enclave-info'] : []),
    ...(program.auditors !== undefined && auditor.length === 0 ? ['--auditor'] : []),
    ...(program.policy !== undefined && flags.policy === undefined ? ['--policy'] : []),
  ];
  return { trust, kept };
}

const machineIn = ({ simulation, endorsements, pccs }: StoredTrust): StoredTrust => ({
  ...(simulation && { simulation }),
  ...(endorsements !== undefined && { endorsements }),
  ...(pccs !== undefined && { pccs }),
});

function programIn(read: StoredTrust, last: StoredTrust): StoredTrust {
  const { enclaveInfo, signatures, auditors, policy } = read;
  if (enclaveInfo !== undefined && auditors && signatures) {
    // A policy that stood in the place of an enclave info does not stand beside one.
    const beside = policy ?? (last.enclaveInfo === undefined ? undefined : last.policy);
    return { enclaveInfo, signatures, auditors, ...(beside && { policy: beside }) };
  }
  const { simulation: _root, endorsements: _path, pccs: _url, ...before } = last;
  if (policy === undefined) return before;
  const isWhole = policy.measurements !== undefined || policy.anyMeasurement === true;
  return isWhole ? { policy } : { ...before, policy };
}

/** Throws `CliError` (usage) for who vouches for real machines where simulated ones are trusted: it would be without effect. */
export function refuseBesideSimulation({
  simulation,
  endorsements,
  pccs,
}: Pick<TrustFlags, 'simulation' | 'endorsements' | 'pccs'>): void {
  if (simulation === undefined) return;
  const flag = endorsements === undefined ? '--pccs' : '--endorsements';
  if (endorsements !== undefined || pccs !== undefined)
    throw usage(
      `${flag} vouches for real machines, and --simulation brings its own endorsements: leave one of them out.`,
    );
}

export function referenceOf(stored: StoredTrust): ReferenceValues {
  const { enclaveInfo, signatures = [], auditors, policy } = stored;
  if (enclaveInfo === undefined || auditors === undefined) return { policies: policy ? [policy] : [] };
  return {
    enclaveInfo: bytesOf(enclaveInfo),
    signatures: signatures.map(bytesOf),
    auditors,
    ...(policy && { policy }),
  };
}

export async function trustFrom(stored: StoredTrust): Promise<ServiceTrust> {
  const { simulationRoots, vendorTrust } = await import('@gaiwan/trust');
  const reference = referenceOf(stored);
  const { simulation, pccs, endorsements } = stored;
  if (simulation === undefined) {
    const settings = {
      ...(pccs !== undefined && { pccs }),
      ...(endorsements !== undefined && { endorsements }),
    };
    return { ...vendorTrust(settings), reference };
  }
  const parts = Object.entries(simulation.endorsements).map(([part, text]) => [part, bytesOf(text)] as const);
  // What `readTrust` stored is what `readSimulationTrust` had found.
  const machine = { root: bytesOf(simulation.root), endorsements: dictionary(parts) };
  return { ...simulationRoots(machine as Parameters<typeof simulationRoots>[0]), reference };
}

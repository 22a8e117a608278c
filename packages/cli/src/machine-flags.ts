/** Options that say which machine a service runs on. */
import { resolve } from 'node:path';
import type { AnchorSettings, MachineSettings, Tee } from '@gaiwan/enclave';
import { usage } from './errors.ts';
import { numberFlag, textFlag } from './flags.ts';
import { readText } from './terminal/secrets.ts';
import { policyAt, refuseBesideSimulation } from './trust.ts';

/** What decides about keys and about the age of data: measured. */
export interface KeyBrokerFlags {
  readonly anchor?: string | undefined;
  readonly anchorInterval?: number | undefined;
  readonly keyBroker?: string | undefined;
  readonly keyBrokerKey?: string | undefined;
  readonly keyBrokerPolicy?: string | undefined;
  readonly keyBrokerInstance?: string | undefined;
  readonly keyBrokerCa?: string | undefined;
}

export interface MachineFlags extends KeyBrokerFlags {
  readonly tee?: Tee | undefined;
  readonly simulation?: string | undefined;
  readonly tpm?: string | undefined;
  readonly tpmPcr?: number | undefined;
  readonly nitroHelper?: string | undefined;
  readonly endorsements?: string | undefined;
  readonly pccs?: string | undefined;
}

/** As `tees` of @gaiwan/enclave, which is not loaded for help texts. */
const tees = [
  'auto',
  'tdx',
  'snp',
  'cca',
  'sgx',
  'nitro',
  'tpm',
  'simulation',
] as const satisfies readonly Tee[];

export const keyBrokerFlags = {
  keyBroker: textFlag('Key broker that keeps the root key, in place of the machine', 'URL'),
  keyBrokerKey: textFlag('Which of its keys', 'ID'),
  keyBrokerPolicy: textFlag('What the key broker may run (policy, JSON)', 'FILE'),
  keyBrokerInstance: textFlag('Which instance of that (default: the first that it sees)', 'ID'),
  keyBrokerCa: textFlag('Or its authority (PEM)', 'FILE'),
  anchor: textFlag('Remembers the newest state elsewhere: file:DIR, key-broker or tpm', 'ANCHOR'),
  anchorInterval: numberFlag(
    'Seconds between two states that it remembers (0: before each answer; default: 0, of a TPM 10)',
    0,
    86_400,
  ),
} as const;

export const machineFlags = {
  tee: {
    kind: 'enum',
    values: tees,
    brief: 'What attests it (default: auto, which is what the machine has; never simulation)',
    optional: true,
  },
  simulation: textFlag('Folder of the simulated machine (with --tee simulation)', 'DIR'),
  tpm: textFlag('TPM: a device, or host:port (default: /dev/tpmrm0)', 'TPM'),
  tpmPcr: numberFlag('PCR that the program is measured into (default: 15)', 8, 23),
  nitroHelper: textFlag('Program that makes Nitro documents', 'PROGRAM'),
  endorsements: textFlag(
    "Folder with endorsements of this machine, in place of the vendors' services",
    'PATH',
  ),
  pccs: textFlag("A PCCS, in place of Intel's service", 'URL'),
  ...keyBrokerFlags,
} as const;

export function machineOf(flags: MachineFlags): MachineSettings {
  const { tee = 'auto', simulation, tpm, tpmPcr, nitroHelper, endorsements, pccs } = flags;
  refuseBesideSimulation(flags);
  return {
    tee,
    ...(simulation !== undefined && { simulation }),
    ...(tpm !== undefined && { tpm }),
    ...(tpmPcr !== undefined && { tpmPcr }),
    ...(nitroHelper !== undefined && { nitroHelper: [nitroHelper] }),
    ...(endorsements !== undefined && { endorsements }),
    ...(pccs !== undefined && { pccs }),
    ...keyBrokerOf(flags),
  };
}

/** The part of the machine's settings that is measured. */
export const keyBrokerOf = (flags: KeyBrokerFlags): Pick<MachineSettings, 'keyBroker' | 'anchor'> => ({
  ...brokerOf(flags),
  ...anchorOf(flags),
});

function anchorOf({ anchor, anchorInterval: seconds }: KeyBrokerFlags): Pick<MachineSettings, 'anchor'> {
  if (anchor === undefined) {
    if (seconds !== undefined) throw usage('Name the anchor, too: --anchor file:DIR, key-broker or tpm.');
    return {};
  }
  const interval = seconds === undefined ? {} : { interval: seconds * 1000 };
  return { anchor: { ...anchorKindOf(anchor), ...interval } };
}

function anchorKindOf(anchor: string): AnchorSettings {
  if (anchor === 'key-broker' || anchor === 'tpm') return { kind: anchor };
  const folder = anchor.startsWith('file:') ? anchor.slice('file:'.length) : '';
  if (folder === '') throw usage(`--anchor is file:DIR, key-broker or tpm, not ${anchor}.`);
  return { kind: 'file', folder: resolve(folder) };
}

function brokerOf({
  keyBroker: url,
  keyBrokerKey: key,
  keyBrokerPolicy: policy,
  keyBrokerInstance: instance,
  keyBrokerCa: ca,
}: KeyBrokerFlags): Pick<MachineSettings, 'keyBroker'> {
  if (url === undefined) {
    if ([key, policy, instance, ca].some((flag) => flag !== undefined))
      throw usage('Name the key broker, too: --key-broker URL.');
    return {};
  }
  if (!URL.canParse(url) || !url.startsWith('https://'))
    throw usage(`--key-broker must be an address like https://host:8443, not ${url}.`);
  if (key === undefined) throw usage('Name the key: --key-broker-key ID.');
  return {
    keyBroker: {
      url,
      key,
      ...(policy !== undefined && { policy: policyAt(policy) }),
      ...(instance !== undefined && { instance: instanceOf(instance) }),
      ...(ca !== undefined && { ca: readText(ca) }),
    },
  };
}

/** As it is measured: in one form. */
function instanceOf(text: string): string {
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase();
  throw usage(`--key-broker-instance is 64 hexadecimal digits, not ${JSON.stringify(text)}.`);
}

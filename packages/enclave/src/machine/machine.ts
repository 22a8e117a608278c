/** The machine that a program runs on: who attests it, what keeps its keys, and who vouches for the machine itself. */

import { hkdfSync } from 'node:crypto';
import {
  claimedMeasurements,
  type Measurements,
  type Policy,
  parseTpmPublic,
  spkiOf,
} from '@gaiwan/attestation';
import { memorySource } from '@gaiwan/attestation/sources';
import { dictionary } from '@gaiwan/errors';
import type { Measured, RootsOfTrust } from '@gaiwan/trust';
import { InstancePin, PeerVerifier, simulationTrust, vendorTrust } from '@gaiwan/trust';
import type { Anchor, AnchorKind } from '../anchor/anchor.ts';
import { brokerAnchor } from '../anchor/broker.ts';
import { fileAnchor } from '../anchor/file.ts';
import { tpmAnchor } from '../anchor/tpm.ts';
import { type Attester, REPORT_DATA_BYTES } from '../attester/attester.ts';
import { configfsAttester } from '../attester/configfs.ts';
import { type GramineOptions, gramineAttester, gramineSealingKey } from '../attester/gramine.ts';
import { nitroAttester } from '../attester/nitro.ts';
import { tpmAttester } from '../attester/tpm.ts';
import { type BrokerOptions, brokerSealer } from '../sealing/broker.ts';
import { derivedKeySealer } from '../sealing/derived.ts';
import type { Sealer } from '../sealing/sealer.ts';
import { tpmSealer } from '../sealing/tpm.ts';
import { openSimulation } from '../simulation/index.ts';
import { AttestedIdentity } from '../tls/identity.ts';
import { Tpm } from '../tpm2/index.ts';
import { detectTee, type Interfaces } from './detect.ts';
import {
  type AnchorSettings,
  anchorInterval,
  type KeyBrokerSettings,
  MachineError,
  type MachineSettings,
} from './settings.ts';
import { connectTpm, DEFAULT_TPM } from './tpm-address.ts';
import { measureIntoPcr } from './tpm-measure.ts';

/** The machine that a program runs on. */
export interface Machine {
  readonly attester: Attester;
  /** SHA-256 of the program's configuration, hexadecimal: what `AttestedIdentity` is to be given. */
  readonly configuration: string;
  /** Registers of the program that runs, by their names in policies. */
  readonly registers: Measurements;
  /** Seals to these registers. Absent: the machine keeps no keys (TDX, SEV-SNP, CCA, Nitro), a key broker or a TPM does. */
  readonly sealer?: Sealer;
  /** Seals to other registers of the same machine, for what is installed next. Absent: the machine cannot (SGX). */
  readonly sealerFor?: (registers: Measurements) => Sealer;
  /** Address of the broker that keeps its key, if one does. */
  readonly keyBroker?: string;
  /** What remembers the newest state of the program's data outside of it. Absent: nobody does. */
  readonly anchor?: MachineAnchor;
  /** Who vouches for machines of this kind. */
  readonly trust: RootsOfTrust;
  /** Accepts other processes of the same program on the same kind of machine. */
  readonly self: Policy;
}

/** The anchor that the settings name. */
export interface MachineAnchor {
  readonly kind: AnchorKind;
  /** Milliseconds between two advances; 0: before each commit is acknowledged. */
  readonly interval: number;
  /** For its caller to close. */
  readonly open: () => Anchor;
}

const DEFAULT_PCR = 15;

/**
 * Opens the machine that the settings name.
 *
 * @param measured what the program found itself to be
 * @throws {MachineError}
 * @throws {AttesterError}
 * @throws {SimulationError}
 * @example
 * ```ts
 * const { digest: bundle } = await measureBundle(folderOfThisProgram);
 * const machine = await openMachine({ tee: 'auto' }, { bundle, configuration: measureConfiguration({}) });
 * ```
 */
export async function openMachine(
  settings: MachineSettings,
  measured: Measured,
  interfaces: Interfaces = {},
): Promise<Machine> {
  const machine = await openWithoutBroker(settings, measured, interfaces);
  // Once: keys and anchor are of one instance of the broker.
  const broker = settings.keyBroker && brokerOptions(machine, settings.keyBroker);
  const kept = broker === undefined ? machine : withKeyBroker(machine, broker);
  const { anchor, tpm } = settings;
  if (anchor === undefined) return kept;
  const open = anchorOpener(anchor, tpm, broker);
  return { ...kept, anchor: { kind: anchor.kind, interval: anchorInterval(anchor), open } };
}

function anchorOpener(
  { kind, folder }: AnchorSettings,
  tpm: string | undefined,
  broker: BrokerOptions | undefined,
): () => Anchor {
  if (kind === 'tpm') return () => tpmAnchor(() => connectTpm(tpm));
  if (kind === 'file') {
    if (folder !== undefined) return () => fileAnchor(folder);
    throw new MachineError('bad-machine-settings', "Name the anchor's folder: --anchor file:DIR.");
  }
  if (broker !== undefined) return () => brokerAnchor(broker);
  throw new MachineError(
    'bad-machine-settings',
    'Name the key broker that is the anchor, too: --key-broker URL.',
  );
}

/** Sealed under the broker's key, a secret is not bound to registers: the broker decides who gets the key. */
function withKeyBroker(machine: Machine, broker: BrokerOptions): Machine {
  const sealer = brokerSealer(broker);
  return { ...machine, sealer, sealerFor: () => sealer, keyBroker: broker.url };
}

function brokerOptions(
  { attester, configuration, trust }: Machine,
  { url, key, policy, ca, instance }: KeyBrokerSettings,
): BrokerOptions {
  if ((policy === undefined) === (ca === undefined))
    throw new MachineError(
      'bad-machine-settings',
      'Say who the key broker is: what it may run (--key-broker-policy), or its authority (--key-broker-ca).',
    );
  if (ca !== undefined && instance !== undefined)
    throw new MachineError(
      'bad-machine-settings',
      'Only a key broker that attests itself says which instance it is: leave --key-broker-instance out beside --key-broker-ca.',
    );
  const identify = () => AttestedIdentity.create({ attester, configuration });
  const broker =
    policy === undefined
      ? { ca: ca ?? '' }
      : { verifier: new PeerVerifier({ ...trust, policies: [policy] }), pin: new InstancePin(instance) };
  return { url, key, identify, broker };
}

async function openWithoutBroker(
  settings: MachineSettings,
  measured: Measured,
  interfaces: Interfaces,
): Promise<Machine> {
  if (settings.simulation !== undefined && settings.tee !== 'simulation')
    throw new MachineError(
      'bad-machine-settings',
      'A folder of a simulated machine is given, but simulation was not asked for: add --tee simulation, or leave the folder out.',
    );
  const usesTpm = settings.tee === 'tpm' || settings.tee === 'auto' || settings.anchor?.kind === 'tpm';
  if (settings.tpm !== undefined && !usesTpm)
    throw new MachineError(
      'bad-machine-settings',
      'A TPM is named, and nothing uses it: add --tee tpm or --anchor tpm, or leave the TPM out.',
    );
  if (settings.tee === 'simulation') return openSimulated(settings.simulation, measured);
  const tpm = settings.tpm ?? DEFAULT_TPM;
  const tee = settings.tee === 'auto' ? await detectTee(tpm, interfaces) : settings.tee;
  const trust = vendorTrust({ ...settings, provenOnly: true });
  if (tee === 'tpm') return openWithTpm(tpm, settings.tpmPcr ?? DEFAULT_PCR, measured, trust);
  if (tee === 'sgx') {
    const { gramine } = interfaces;
    return assembleMachine(gramineAttester(gramine), measured, trust, (registers) =>
      gramineSealer(registers, gramine),
    );
  }
  if (tee === 'nitro') {
    if (settings.nitroHelper === undefined)
      throw new MachineError(
        'bad-machine-settings',
        'Nitro needs a helper program that makes documents: name it with --nitro-helper (docs/enclave/attesters.md).',
      );
    return assembleMachine(nitroAttester(settings.nitroHelper), measured, trust);
  }
  const attester = await configfsAttester(interfaces.configfs);
  if (attester.kind !== tee)
    throw new MachineError('no-tee', `This machine is ${attester.kind}, not ${tee}.`);
  return assembleMachine(attester, measured, trust);
}

async function openSimulated(folder: string | undefined, measured: Measured): Promise<Machine> {
  if (folder === undefined)
    throw new MachineError(
      'bad-machine-settings',
      'A simulated machine has a folder: name it with --simulation DIR; gaiwan simulation init DIR makes one.',
    );
  const simulation = await openSimulation(folder);
  const sealerFor = (registers: Measurements) => derivedKeySealer({ registers, key: simulation.sealingKey });
  const machine = await assembleMachine(
    simulation.attester(measured),
    measured,
    await simulationTrust(folder),
    sealerFor,
  );
  return { ...machine, sealerFor };
}

function gramineSealer(registers: Measurements, gramine: GramineOptions | undefined): Sealer {
  const { mrEnclave = '' } = registers;
  return derivedKeySealer({
    registers: { mrEnclave },
    // The processor's key has 16 bytes; AES-256-GCM takes what HKDF makes of it.
    key: async () => stretchKey(await gramineSealingKey('_sgx_mrenclave', gramine)),
  });
}

function stretchKey(key: Uint8Array): Uint8Array {
  try {
    return new Uint8Array(hkdfSync('sha256', key, '', 'gaiwan gramine sealing', 32));
  } finally {
    key.fill(0);
  }
}

async function openWithTpm(
  address: string,
  pcr: number,
  measured: Measured,
  trust: RootsOfTrust,
): Promise<Machine> {
  const open = () => connectTpm(address);
  const tpm = new Tpm(await open());
  try {
    await measureIntoPcr(tpm, pcr, measured);
  } finally {
    await tpm.close();
  }
  const pcrs = [0, 1, 2, 3, 4, 5, 6, 7, 9, 11, pcr].filter((one, at, all) => all.indexOf(one) === at);
  // Firmware, boot loader, kernel and program: an update of the firmware needs a reseal as well.
  const sealedTo = [0, 2, 4, 7, 9, 11, pcr].filter((one, at, all) => all.indexOf(one) === at);
  const machine = await assembleMachine(tpmAttester({ open, pcrs }), measured, trust, () =>
    tpmSealer({ open, pcrs: sealedTo }),
  );
  const sealerFor = (next: Measurements) => {
    const all = { ...machine.registers, ...next };
    const values = dictionary(sealedTo.map((index) => [String(index), all[`pcr${index}`] ?? '']));
    return tpmSealer({ open, pcrs: sealedTo, values });
  };
  return { ...machine, sealerFor, ...(await trustOwnTpm(machine)) };
}

/** Other processes here quote with the same key of the same TPM, which this process has asked itself. */
async function trustOwnTpm({ attester, trust, self }: Machine): Promise<Pick<Machine, 'trust' | 'self'>> {
  const { evidence } = await attester.evidence(new Uint8Array(REPORT_DATA_BYTES));
  if (evidence.kind !== 'tpm' || evidence.akPublic === undefined) return { trust, self };
  const trustedAk = spkiOf(parseTpmPublic(evidence.akPublic).key);
  return { trust: { ...trust, endorsements: memorySource({ trustedAk, hierarchy: 'endorsement' }) }, self };
}

async function assembleMachine(
  attester: Attester,
  { configuration }: Measured,
  trust: RootsOfTrust,
  sealerOf?: (registers: Measurements) => Sealer,
): Promise<Machine> {
  const { evidence } = await attester.evidence(new Uint8Array(REPORT_DATA_BYTES));
  const registers = claimedMeasurements(evidence);
  return {
    attester,
    configuration,
    registers,
    trust,
    self: { measurements: [registers], configurations: [configuration] },
    ...(sealerOf && { sealer: sealerOf(registers) }),
  };
}

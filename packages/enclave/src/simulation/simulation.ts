/**
 * A simulated machine in a folder: a root of trust of its own with the shape of Intel's, and a trust domain that signs TDX
 * quotes under it. Verifiers judge them by the same checks as all others; only who trusts this root accepts them.
 *
 *     root.pem                      whom to trust; public
 *     endorsements/                 TCB Info, QE Identity, revocation lists, signing chain; public
 *     machine.json                  keys (0600): whoever has it can sign any evidence under this root
 */

import { hash, hkdfSync } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, mkdir, open, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ecKey,
  type FakeIntel,
  fakeIntel,
  type IntelKeys,
  importEcKey,
  makeCrl,
  pem,
  tcbLevel,
} from '@gaiwan/attestation-kit/simulated';
import { dictionary } from '@gaiwan/errors';
import {
  type Measured,
  readSimulationTrust,
  SimulationError,
  type SimulationTrust,
  simulatedRegisters,
  simulationTrustFiles,
} from '@gaiwan/trust';
import { type Attester, AttesterError, checkReportData } from '../attester/attester.ts';
import { canonicalRegisters, type Registers } from '../sealing/derived.ts';

/** What is wrong with a machine, for tests and demonstrations. "none": nothing. */
export const simulationFaults = ['none', 'revoked', 'out-of-date', 'debug'] as const;
export type SimulationFault = (typeof simulationFaults)[number];

const DAY = 86_400_000;
const YEARS = 10 * 365 * DAY;
const PCK_SERIAL = '51d0';
const FORMAT = 'gaiwan simulation 1';
const MACHINE = 'machine.json';
/** TDATTRIBUTES: SEPT_VE_DISABLE; and with DEBUG. */
const ATTRIBUTES = '0000001000000000';
const DEBUG_ATTRIBUTES = '0100001000000000';

type KeyName = keyof IntelKeys;
const names = ['root', 'pckCa', 'pck', 'tcbSigner', 'attestation'] as const satisfies KeyName[];

/** A simulated machine. */
export interface Simulation extends SimulationTrust {
  readonly fault: SimulationFault;
  /** Evidence of a domain that runs what was measured. */
  readonly attester: (measured: Measured) => Attester;
  /** 32 bytes that only this machine makes, for these registers only; for `derivedKeySealer`, which wipes them. */
  readonly sealingKey: (registers: Registers) => Promise<Uint8Array>;
}

async function write(path: string, bytes: Uint8Array | string, mode: number): Promise<void> {
  const temporary = `${path}.new`;
  const file = await open(temporary, 'w', mode);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

async function endorsementsOf(intel: FakeIntel, fault: SimulationFault, from: number, to: number) {
  const given = await intel.endorsements('tdx');
  return {
    ...given,
    ...(fault === 'out-of-date' && {
      tcbInfo: await intel.tcbInfo('tdx', { tcbLevels: [tcbLevel(3, 'OutOfDate', 'tdx')] }),
    }),
    ...(fault === 'revoked' && {
      pckCrl: await makeCrl({ issuer: intel.pckCa, revoked: [PCK_SERIAL], from, to }),
    }),
  };
}

/**
 * Makes a machine in a folder, which is made unless it is there, and empty. A machine is never replaced, for evidence that was kept
 * would be lost.
 *
 * @param options `now`: milliseconds since 1970
 * @throws {SimulationError} `simulation-exists` where something is in the folder
 */
export async function createSimulation(
  folder: string,
  options: { readonly fault?: SimulationFault; readonly now: number },
): Promise<void> {
  const { fault = 'none', now } = options;
  await mkdir(folder, { recursive: true, mode: 0o755 });
  if ((await readdir(folder)).length > 0)
    throw new SimulationError(
      'simulation-exists',
      `${folder} is not empty: choose another folder, or remove it.`,
    );
  const [from, to] = [now - DAY, now + YEARS];
  const keys = await makeKeys(() => ecKey('P-256'));
  const intel = await fakeIntel({ keys, organization: 'SIMULATION', from, to, pck: { serial: PCK_SERIAL } });
  const endorsements = await endorsementsOf(intel, fault, from, to);
  await mkdir(join(folder, 'endorsements'));
  const trust = simulationTrustFiles({ root: pem(intel.root.der), endorsements });
  for (const [path, bytes] of trust) await write(join(folder, path), bytes, 0o644);
  const secret = {
    format: FORMAT,
    fault,
    chain: Buffer.from(pem(intel.pck.der, intel.pckCa.der, intel.root.der)).toString(),
    keys: dictionary(
      await Promise.all(
        names.map(async (name) => [name, Buffer.from(await keys[name].export()).toString('base64')] as const),
      ),
    ),
  };
  // Last: a folder with it is a machine, one without is not.
  await write(join(folder, MACHINE), `${JSON.stringify(secret, null, 2)}\n`, 0o600);
  await chmod(join(folder, MACHINE), 0o600);
}

interface Machine {
  readonly format: typeof FORMAT;
  readonly fault: SimulationFault;
  /** PEM, leaf first. */
  readonly chain: string;
  /** PKCS #8, base64. */
  readonly keys: Readonly<Record<KeyName, string>>;
}

function isMachine(value: unknown): value is Machine {
  if (typeof value !== 'object' || value === null) return false;
  const { format, fault, chain, keys }: { readonly [name: string]: unknown } = { ...value };
  if (typeof keys !== 'object' || keys === null) return false;
  const known: { readonly [name: string]: unknown } = { ...keys };
  return (
    format === FORMAT &&
    simulationFaults.some((one) => one === fault) &&
    typeof chain === 'string' &&
    names.every((name) => typeof known[name] === 'string')
  );
}

async function makeKeys(make: (name: KeyName) => Promise<IntelKeys['root']>): Promise<IntelKeys> {
  const [root, pckCa, pck, tcbSigner, attestation] = await Promise.all([
    make('root'),
    make('pckCa'),
    make('pck'),
    make('tcbSigner'),
    make('attestation'),
  ]);
  return { root, pckCa, pck, tcbSigner, attestation };
}

async function readMachine(folder: string): Promise<Machine> {
  const path = join(folder, MACHINE);
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch((cause: unknown) => {
    throw new SimulationError(
      'no-simulation',
      `${folder} has no simulated machine: make one with gaiwan simulation init ${folder}.`,
      { cause },
    );
  });
  try {
    const { mode } = await file.stat();
    if ((mode & 0o077) !== 0)
      throw new SimulationError(
        'simulation-damaged',
        `${path} has mode 0${(mode & 0o777).toString(8)}, so others may sign as this machine: make a new one.`,
      );
    const machine: unknown = JSON.parse(await file.readFile('utf8'));
    if (!isMachine(machine))
      throw new SimulationError('simulation-damaged', `${path} is not a machine of the format "${FORMAT}".`);
    return machine;
  } catch (cause) {
    if (cause instanceof SimulationError) throw cause;
    throw new SimulationError('simulation-damaged', `${path} cannot be read as a machine: make a new one.`, {
      cause,
    });
  } finally {
    await file.close();
  }
}

/**
 * Opens the machine that `createSimulation` made.
 *
 * @throws {SimulationError} `no-simulation`, `simulation-outdated`, `simulation-damaged`
 */
export async function openSimulation(folder: string): Promise<Simulation> {
  const machine = await readMachine(folder);
  const trust = await readSimulationTrust(folder);
  let intel: FakeIntel;
  try {
    const keys = await makeKeys((name) => importEcKey(Buffer.from(machine.keys[name], 'base64')));
    intel = await fakeIntel({ keys });
  } catch (cause) {
    throw new SimulationError(
      'simulation-damaged',
      `${folder}/${MACHINE} has keys that are none: make a new machine.`,
      {
        cause,
      },
    );
  }
  const certificationData = Buffer.from(machine.chain);
  return {
    fault: machine.fault,
    ...trust,
    sealingKey: async (registers) =>
      new Uint8Array(
        hkdfSync(
          'sha256',
          Buffer.from(machine.keys.attestation, 'base64'),
          '',
          `gaiwan simulation sealing ${hash('sha256', canonicalRegisters(registers))}`,
          32,
        ),
      ),
    attester(measured) {
      const { mrTd, ...rtmrs } = simulatedRegisters(measured);
      return {
        kind: 'simulation',
        async evidence(reportData) {
          checkReportData(reportData);
          try {
            const quote = await intel.quote({
              tee: 'tdx',
              version: 4,
              reportData: Buffer.from(reportData).toString('hex'),
              attributes: machine.fault === 'debug' ? DEBUG_ATTRIBUTES : ATTRIBUTES,
              mrTd,
              rtmrs: [rtmrs.rtmr0, rtmrs.rtmr1, rtmrs.rtmr2, rtmrs.rtmr3],
              certificationData,
            });
            return { evidence: { kind: 'dcap', quote } };
          } catch (cause) {
            throw new AttesterError('failed', 'The simulated machine could not sign.', { cause });
          }
        },
      };
    },
  };
}

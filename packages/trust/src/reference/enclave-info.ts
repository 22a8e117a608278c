/**
 * `enclave_info.toml` (Teaclave contract, 6.7): which measurements each service may have. A table a service:
 *
 *     [teaclave_frontend_service]
 *     mr_enclave = "<64 hex digits>"      SGX; for other TEEs a composite that Teaclave's old clients compare
 *     mr_signer = "<64 hex digits>"
 *     mr_td = "<96 hex digits>"           TDX, and rtmr0 to rtmr3
 *     measurement = "<96 hex digits>"     SEV-SNP
 *     pcr4 = "<hex digits>"               TPM and Nitro: pcr0 to pcr31
 *
 * Registers beyond `mr_enclave` and `mr_signer` are ours. An array of tables (`[[...]]`) accepts several builds, for
 * upgrades and for several TEEs: a table has the registers of one.
 */
import type { Measurements } from '@gaiwan/attestation';
import { CodedError, dictionary, type RefusalTable } from '@gaiwan/errors';
import { parse } from 'smol-toml';
import { limits } from '../limits.ts';

/** The services whose measurements Teaclave's programs look up. */
export const services = [
  'teaclave_authentication_service',
  'teaclave_frontend_service',
  'teaclave_management_service',
  'teaclave_storage_service',
  'teaclave_access_control_service',
  'teaclave_scheduler_service',
  'teaclave_execution_service',
] as const;
/** Name of such a service. */
export type Service = (typeof services)[number];

/** Registers of one build, by their names in the file, lower-case hexadecimal. */
export type EnclaveMeasurement = Readonly<Record<string, string>>;

export const enclaveInfoRefusals = {
  'bad-enclave-info': {
    meaning:
      'The enclave info is not TOML with a table of known registers of one TEE for each service, or is too large.',
    remedy: 'Fetch the file of this release again, or have `gaiwan audit init` write one.',
  },
  'unknown-service': {
    meaning: 'The enclave info has no table for the service.',
    remedy: 'Use the enclave info of a release that has this service.',
  },
} as const satisfies RefusalTable;

/** An enclave info that cannot be used. */
export class EnclaveInfoError extends CodedError<keyof typeof enclaveInfoRefusals> {
  override readonly name = 'EnclaveInfoError';
}

/** Hexadecimal digits that a register has. */
const digits: readonly (readonly [name: RegExp, lengths: readonly number[]])[] = [
  [/^mr_(enclave|signer)$/, [64]],
  [/^(mr_td|rtmr[0-3]|measurement)$/, [96]],
  [/^pcr([0-9]|[12][0-9]|3[01])$/, [64, 96, 128]],
];

/** Alternatives of one build: registers of one TEE stand together, each set is enough. */
const families: readonly Readonly<Record<string, string>>[] = [
  { mr_enclave: 'mrEnclave', mr_signer: 'mrSigner' },
  { mr_td: 'mrTd', rtmr0: 'rtmr0', rtmr1: 'rtmr1', rtmr2: 'rtmr2', rtmr3: 'rtmr3' },
  { measurement: 'measurement' },
  dictionary(Array.from({ length: 32 }, (_, index) => [`pcr${index}`, `pcr${index}`])),
];
/** Only one of these is in a table. SGX's `mr_enclave` may stand beside it, for Teaclave's old clients. */
const ofOtherTees = families.slice(1);
/** Without this one, the others of a family identify nobody. */
const leading = new Set(['mr_enclave', 'mr_td', 'measurement']);

function buildOf(service: string, table: unknown): EnclaveMeasurement {
  const bad = (what: string) => new EnclaveInfoError('bad-enclave-info', `[${service}] ${what}`);
  if (typeof table !== 'object' || table === null || Array.isArray(table)) throw bad('is not a table.');
  const registers: [name: string, value: unknown][] = Object.entries(table);
  const entries = registers.map(([name, value]) => {
    const lengths = digits.find(([pattern]) => pattern.test(name))?.[1];
    if (lengths === undefined) throw bad(`has the register "${name}", which no TEE has.`);
    if (typeof value !== 'string' || !/^[0-9a-fA-F]*$/.test(value) || !lengths.includes(value.length))
      throw bad(`${name} must have ${lengths.join(' or ')} hexadecimal digits.`);
    return [name, value.toLowerCase()] as const;
  });
  const build = dictionary(entries);
  const mixed = ofOtherTees.filter((family) => Object.keys(family).some((name) => name in build));
  if (mixed.length > 1)
    throw bad(
      'has registers of several TEEs, each of which would be enough: give each TEE a table of its own ([[...]]).',
    );
  if (measurementsOf([build]).length === 0)
    throw bad('identifies no program: it needs mr_enclave, mr_td, measurement or a PCR.');
  return build;
}

/**
 * Builds by service.
 *
 * @throws {EnclaveInfoError} `bad-enclave-info`
 */
export function parseEnclaveInfo(bytes: Uint8Array): ReadonlyMap<string, readonly EnclaveMeasurement[]> {
  if (bytes.length > limits.enclaveInfo.value)
    throw new EnclaveInfoError('bad-enclave-info', `An enclave info of ${bytes.length} bytes.`);
  let tables: Record<string, unknown>;
  try {
    tables = parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    const [why] = String(cause instanceof Error ? cause.message : cause).split('\n');
    throw new EnclaveInfoError('bad-enclave-info', `The enclave info is not TOML: ${why}`, { cause });
  }
  return new Map(
    Object.entries(tables).map(([service, value]) => {
      const builds: unknown[] = Array.isArray(value) ? value : [value];
      if (builds.length === 0 || builds.length > limits.builds.value)
        throw new EnclaveInfoError('bad-enclave-info', `[${service}] has ${builds.length} builds.`);
      return [service, builds.map((build) => buildOf(service, build))] as const;
    }),
  );
}

/** Sets of registers as a policy wants them: one a build and TEE. */
export function measurementsOf(builds: readonly EnclaveMeasurement[]): Measurements[] {
  return builds.flatMap((build) =>
    families.flatMap((family) => {
      const known = Object.entries(family).flatMap(([name, register]) => {
        const value = build[name];
        return value === undefined ? [] : [{ name, register, value }];
      });
      const identifies = known.some(({ name }) => leading.has(name) || name.startsWith('pcr'));
      return identifies ? [dictionary(known.map(({ register, value }) => [register, value]))] : [];
    }),
  );
}

/**
 * What a service may be: sets of registers as a policy wants them.
 *
 * @throws {EnclaveInfoError} `bad-enclave-info`, `unknown-service`
 */
export function measurementsFor(bytes: Uint8Array, service: string): Measurements[] {
  const builds = parseEnclaveInfo(bytes).get(service);
  if (builds === undefined)
    throw new EnclaveInfoError('unknown-service', `The enclave info says nothing of ${service}.`);
  return measurementsOf(builds);
}

/**
 * The file (TOML) for one build that runs all of these services.
 *
 * @throws {EnclaveInfoError} `bad-enclave-info` for registers that no TEE has, or that identify no program
 */
export function formatEnclaveInfo(build: EnclaveMeasurement, names: readonly string[] = services): string {
  return names
    .map((name) => {
      const lines = Object.entries(build).map(([register, value]) => `${register} = "${value}"\n`);
      buildOf(name, build);
      return `[${name}]\n${lines.join('')}`;
    })
    .join('\n');
}

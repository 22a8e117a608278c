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
 * Registers beyond `mr_enclave` and `mr_signer` are ours. An array of tables (`[[...]]`) accepts several builds, for upgrades.
 */
import type { Measurements } from '@gaiwan/attestation';
import { parse } from 'smol-toml';

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
export type Service = (typeof services)[number];

/** Registers of one build, by their names in the file, lower-case hexadecimal. */
export type EnclaveMeasurement = Readonly<Record<string, string>>;

export class EnclaveInfoError extends Error {
  override readonly name = 'EnclaveInfoError';
  readonly code: 'bad-enclave-info' | 'unknown-service';
  constructor(code: EnclaveInfoError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const MAX_BYTES = 1 << 20;
const MAX_BUILDS = 64;

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
  Object.fromEntries(Array.from({ length: 32 }, (_, index) => [`pcr${index}`, `pcr${index}`])),
];
/** Without this one, the others of a family identify nobody. */
const leading = new Set(['mr_enclave', 'mr_td', 'measurement']);

function buildOf(service: string, table: unknown): EnclaveMeasurement {
  const bad = (what: string) => new EnclaveInfoError('bad-enclave-info', `[${service}] ${what}`);
  if (typeof table !== 'object' || table === null || Array.isArray(table)) throw bad('is not a table.');
  const entries = Object.entries(table as Readonly<Record<string, unknown>>).map(([name, value]) => {
    const lengths = digits.find(([pattern]) => pattern.test(name))?.[1];
    if (lengths === undefined) throw bad(`has the register "${name}", which no TEE has.`);
    if (typeof value !== 'string' || !/^[0-9a-fA-F]*$/.test(value) || !lengths.includes(value.length))
      throw bad(`${name} must have ${lengths.join(' or ')} hexadecimal digits.`);
    return [name, value.toLowerCase()] as const;
  });
  const build = Object.fromEntries(entries);
  if (measurementsOf([build]).length === 0)
    throw bad('identifies no program: it needs mr_enclave, mr_td, measurement or a PCR.');
  return build;
}

/** Builds by service. Throws `EnclaveInfoError` "bad-enclave-info". */
export function parseEnclaveInfo(bytes: Uint8Array): ReadonlyMap<string, readonly EnclaveMeasurement[]> {
  if (bytes.length > MAX_BYTES)
    throw new EnclaveInfoError('bad-enclave-info', `An enclave info of ${bytes.length} bytes.`);
  let tables: Record<string, unknown>;
  try {
    tables = parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    const [why] = (cause as Error).message.split('\n');
    throw new EnclaveInfoError('bad-enclave-info', `The enclave info is not TOML: ${why}`, { cause });
  }
  return new Map(
    Object.entries(tables).map(([service, value]) => {
      const builds: unknown[] = Array.isArray(value) ? value : [value];
      if (builds.length === 0 || builds.length > MAX_BUILDS)
        throw new EnclaveInfoError('bad-enclave-info', `[${service}] has ${builds.length} builds.`);
      return [service, builds.map((build) => buildOf(service, build))] as const;
    }),
  );
}

/** Sets of registers as a policy wants them: one a build and TEE. */
export function measurementsOf(builds: readonly EnclaveMeasurement[]): Measurements[] {
  return builds.flatMap((build) =>
    families.flatMap((family) => {
      const named = Object.entries(family).filter(([name]) => build[name] !== undefined);
      const identified = named.some(([name]) => leading.has(name) || name.startsWith('pcr'));
      return identified
        ? [Object.fromEntries(named.map(([name, register]) => [register, build[name] as string]))]
        : [];
    }),
  );
}

/** What a service may be. Throws `EnclaveInfoError`: "bad-enclave-info", "unknown-service". */
export function measurementsFor(bytes: Uint8Array, service: string): Measurements[] {
  const builds = parseEnclaveInfo(bytes).get(service);
  if (builds === undefined)
    throw new EnclaveInfoError('unknown-service', `The enclave info says nothing of ${service}.`);
  return measurementsOf(builds);
}

/** The file for one build that runs all of these services. */
export function formatEnclaveInfo(build: EnclaveMeasurement, names: readonly string[] = services): string {
  return names
    .map((name) => {
      const lines = Object.entries(build).map(([register, value]) => `${register} = "${value}"\n`);
      buildOf(name, build);
      return `[${name}]\n${lines.join('')}`;
    })
    .join('\n');
}

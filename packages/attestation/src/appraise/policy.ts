/**
 * Appraisal policy for evidence (RFC 9334): plain data, the same in code and in a JSON file. Whatever it does not
 * mention is as strict as the comment says. All hexadecimal, in either case.
 */
import type { TcbStatus } from '../dcap/status.ts';
import type { TcbParts } from '../snp/product.ts';

/** Values of registers by name; all that are named must be equal. Names: see `measurementNames`. */
export type Measurements = Readonly<Record<string, string>>;

export interface TcbPolicy {
  /** Default: only "UpToDate". */
  readonly statuses?: readonly TcbStatus[];
  /** Advisories that may apply, or true for any. Default: none but those that an accepted status brings along. */
  readonly advisories?: readonly string[] | true;
  readonly minimumEvaluationNumber?: number;
  /** ISO 8601; the oldest date of a matched level must not be before it. */
  readonly minimumDate?: string;
}

export interface SnpPolicy {
  /** Lowest reported TCB, one for each product that is accepted, or one for all. */
  readonly minimumTcb?:
    | Partial<TcbParts>
    | { readonly [product in 'Milan' | 'Genoa' | 'Turin']?: Partial<TcbParts> };
  /** Default: [0]. */
  readonly vmpls?: readonly number[];
  /** Firmware whose current version is above the committed one can be rolled back. Default: true. */
  readonly allowProvisionalFirmware?: boolean;
  /** Default: true. */
  readonly allowSmt?: boolean;
  /** The memory alias check (against BadRAM) must have been completed. Default: false. */
  readonly requireAliasCheck?: boolean;
  readonly requireSingleSocket?: boolean;
  readonly requireCiphertextHiding?: boolean;
  /** Lowest ABI of the guest policy, "major.minor". */
  readonly minimumAbi?: string;
  readonly hostData?: string;
  readonly idKeyDigests?: readonly string[];
  readonly authorKeyDigests?: readonly string[];
}

export interface TdxPolicy {
  /** Default: false, and true is what a guest on an untrusted host needs. */
  readonly requireSeptVeDisable?: boolean;
  /** A service TD may migrate the TD. Default: none, that is all zero where the report has the field. */
  readonly mrServiceTds?: readonly string[] | true;
  readonly mrSeams?: readonly string[];
  readonly mrConfigId?: string;
  readonly mrOwner?: string;
  readonly mrOwnerConfig?: string;
}

export interface SgxPolicy {
  readonly isvProdId?: number;
  readonly minimumIsvSvn?: number;
  readonly configId?: string;
}

/** Lists of who may be at the other end. An empty list accepts nobody. */
export interface IdentityPolicy {
  readonly chipIds?: readonly string[];
  readonly cspIds?: readonly string[];
  readonly platformInstanceIds?: readonly string[];
  readonly fmspcs?: readonly string[];
  readonly instanceIds?: readonly string[];
  readonly implementationIds?: readonly string[];
}

export interface Policy {
  /** One of these sets must match. Without it, and without `anyMeasurement`, everything is refused. */
  readonly measurements?: readonly Measurements[];
  /** Default: false. */
  readonly anyMeasurement?: boolean;
  /** MRSIGNER; id or author key digest of SNP; PCR 8 of Nitro. */
  readonly signers?: readonly string[];
  /** The whole field, compared whole. */
  readonly reportData?: string;
  /** Where the format has a nonce, that; else report data must be the nonce, then zeros. Compared whole. */
  readonly nonce?: string;
  /** Seconds between the evidence's own time (Nitro, EAR) and the time of verification. */
  readonly maximumAge?: number;
  /** Default: false. */
  readonly allowDebug?: boolean;
  /** SNP migration agent, TDX MIGRATABLE. Default: false. */
  readonly allowMigration?: boolean;
  /** A revocation list must have been checked where the format has one that is optional (SNP). Default: false. */
  readonly requireRevocation?: boolean;
  /** How a TPM's attestation key may be vouched for. Default: all but "none". */
  readonly keyTrust?: readonly string[];
  /** TPM quotes over SHA-1 banks alone. Default: false. */
  readonly allowSha1Banks?: boolean;
  /** EAR. Default: ["affirming"]. */
  readonly earStatuses?: readonly string[];
  readonly tcb?: TcbPolicy;
  readonly snp?: SnpPolicy;
  readonly tdx?: TdxPolicy;
  readonly sgx?: SgxPolicy;
  readonly identity?: IdentityPolicy;
}

const shape: Readonly<Record<string, true | readonly string[]>> = {
  measurements: true,
  anyMeasurement: true,
  signers: true,
  reportData: true,
  nonce: true,
  maximumAge: true,
  allowDebug: true,
  allowMigration: true,
  requireRevocation: true,
  keyTrust: true,
  allowSha1Banks: true,
  earStatuses: true,
  tcb: ['statuses', 'advisories', 'minimumEvaluationNumber', 'minimumDate'],
  snp: [
    'minimumTcb',
    'vmpls',
    'allowProvisionalFirmware',
    'allowSmt',
    'requireAliasCheck',
    'requireSingleSocket',
    'requireCiphertextHiding',
    'minimumAbi',
    'hostData',
    'idKeyDigests',
    'authorKeyDigests',
  ],
  tdx: ['requireSeptVeDisable', 'mrServiceTds', 'mrSeams', 'mrConfigId', 'mrOwner', 'mrOwnerConfig'],
  sgx: ['isvProdId', 'minimumIsvSvn', 'configId'],
  identity: ['chipIds', 'cspIds', 'platformInstanceIds', 'fmspcs', 'instanceIds', 'implementationIds'],
};

/** All fields, inner ones by their last name. */
export const policyFields: readonly string[] = Object.entries(shape).flatMap(([name, inner]) =>
  inner === true ? [name] : [...inner],
);

/** A policy that cannot be meant as it stands: nothing is appraised by it. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
}

/** Throws `PolicyError` for a field that does not exist: a rule with a typing error would protect nobody. */
export function checkPolicy(policy: Policy): void {
  if (typeof policy !== 'object' || policy === null) throw new PolicyError('A policy is an object.');
  for (const [name, value] of Object.entries(policy)) {
    const inner = Object.hasOwn(shape, name) ? shape[name] : undefined;
    if (inner === undefined) throw new PolicyError(`The policy field "${name}" does not exist.`);
    if (inner === true) continue;
    const unknown = Object.keys(value ?? {}).find((key) => !inner.includes(key));
    if (unknown !== undefined) throw new PolicyError(`The policy field "${name}.${unknown}" does not exist.`);
  }
}

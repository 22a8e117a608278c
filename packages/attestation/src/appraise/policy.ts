/**
 * Appraisal policy for evidence (RFC 9334): plain data, the same in code and in a JSON file. Whatever it does not
 * mention is as strict as the comment says. All hexadecimal, in either case.
 */
import { CodedError, type RefusalTable } from '@gaiwan/errors';
import type { TcbStatus } from '../dcap/status.ts';
import { products, type TcbParts, tcbPartNames } from '../snp/product.ts';

/** Values of registers by name; all that are named must be equal. Names: see `measurementNames`. */
export type Measurements = Readonly<Record<string, string>>;

/** Which state of Intel's TCB is accepted. */
export interface TcbPolicy {
  /** Default: only "UpToDate". */
  readonly statuses?: readonly TcbStatus[];
  /** Advisories that may apply, or true for any. Default: none but those that an accepted status brings along. */
  readonly advisories?: readonly string[] | true;
  readonly minimumEvaluationNumber?: number;
  /** ISO 8601; the oldest date of a matched level must not be before it. */
  readonly minimumDate?: string;
}

/** What an SNP report must say beside its measurement. */
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

/** What a TD report must say beside its measurement. */
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

/** What an enclave report must say beside its measurement. */
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

/** What evidence is accepted (docs/attestation/policy.md). Every field that is there must hold. */
export interface Policy {
  /** One of these sets must match. Without it, and without `anyMeasurement`, everything is refused. */
  readonly measurements?: readonly Measurements[];
  /** Default: false. */
  readonly anyMeasurement?: boolean;
  /** MRSIGNER; id or author key digest of SNP; PCR 8 of Nitro. */
  readonly signers?: readonly string[];
  /**
   * SHA-256 of the configurations that are accepted, as the program says in an RA-TLS certificate: as true as the program is,
   * whose measurement says which one it is. For machines that have no register for it.
   */
  readonly configurations?: readonly string[];
  /** The whole field, compared whole. */
  readonly reportData?: string;
  /** Where the format has a nonce, that; else report data must be the nonce, then zeros. Compared whole. */
  readonly nonce?: string;
  /** Seconds between the evidence's own time (Nitro, EAR, RA-TLS of ours) and the time of verification. */
  readonly maximumAge?: number;
  /** RA-TLS of ours may vouch for a key that signs for connections, where evidence takes long to make. Default: true. */
  readonly allowSessionSigning?: boolean;
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
  /** Event logs with more than one separator in a register. Default: false. */
  readonly allowRepeatedSeparators?: boolean;
  /** EAR. Default: ["affirming"]. */
  readonly earStatuses?: readonly string[];
  readonly tcb?: TcbPolicy;
  readonly snp?: SnpPolicy;
  readonly tdx?: TdxPolicy;
  readonly sgx?: SgxPolicy;
  readonly identity?: IdentityPolicy;
}

/** What a field may hold. */
type Check = (value: unknown) => boolean;

const isBoolean: Check = (value) => typeof value === 'boolean';
const isString: Check = (value) => typeof value === 'string';
const isNumber: Check = (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0;
const isHex: Check = (value) => typeof value === 'string' && /^([0-9a-fA-F]{2})*$/.test(value);
const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const mapOf =
  (check: Check): Check =>
  (value) =>
    isPlain(value) && Object.values(value).every(check);
const orTrue =
  (check: Check): Check =>
  (value) =>
    value === true || check(value);

const hasOnly = (value: unknown, keys: readonly string[]): boolean =>
  isPlain(value) && Object.keys(value).every((key) => keys.includes(key));
const isTcb: Check = (value) => mapOf(isNumber)(value) && hasOnly(value, tcbPartNames);
/** Parts, or parts by product. */
const isMinimumTcb: Check = (value) => isTcb(value) || (mapOf(isTcb)(value) && hasOnly(value, products));
/** At least one register. */
const isSet: Check = (value) => mapOf(isHex)(value) && !hasOnly(value, []);

const shape: Readonly<Record<string, Check | Readonly<Record<string, Check>>>> = {
  measurements: listOf(isSet),
  anyMeasurement: isBoolean,
  signers: listOf(isHex),
  configurations: listOf(isHex),
  reportData: isHex,
  nonce: isHex,
  maximumAge: isNumber,
  allowSessionSigning: isBoolean,
  allowDebug: isBoolean,
  allowMigration: isBoolean,
  requireRevocation: isBoolean,
  keyTrust: listOf(isString),
  allowSha1Banks: isBoolean,
  allowRepeatedSeparators: isBoolean,
  earStatuses: listOf(isString),
  tcb: {
    statuses: listOf(isString),
    advisories: orTrue(listOf(isString)),
    minimumEvaluationNumber: isNumber,
    minimumDate: (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
  },
  snp: {
    minimumTcb: isMinimumTcb,
    vmpls: listOf(isNumber),
    allowProvisionalFirmware: isBoolean,
    allowSmt: isBoolean,
    requireAliasCheck: isBoolean,
    requireSingleSocket: isBoolean,
    requireCiphertextHiding: isBoolean,
    minimumAbi: (value) => typeof value === 'string' && /^\d{1,3}\.\d{1,3}$/.test(value),
    hostData: isHex,
    idKeyDigests: listOf(isHex),
    authorKeyDigests: listOf(isHex),
  },
  tdx: {
    requireSeptVeDisable: isBoolean,
    mrServiceTds: orTrue(listOf(isHex)),
    mrSeams: listOf(isHex),
    mrConfigId: isHex,
    mrOwner: isHex,
    mrOwnerConfig: isHex,
  },
  sgx: { isvProdId: isNumber, minimumIsvSvn: isNumber, configId: isHex },
  identity: {
    chipIds: listOf(isHex),
    cspIds: listOf(isString),
    platformInstanceIds: listOf(isHex),
    fmspcs: listOf(isHex),
    instanceIds: listOf(isString),
    implementationIds: listOf(isHex),
  },
};

/** All fields, inner ones by their last name. */
export const policyFields: readonly string[] = Object.entries(shape).flatMap(([name, inner]) =>
  typeof inner === 'function' ? [name] : Object.keys(inner),
);

/** Codes of `PolicyError`. */
export const policyRefusals = {
  'bad-policy': {
    meaning:
      'A policy has an unknown field, or a value that its field does not take: nothing is appraised by it.',
    remedy: 'Correct the field that the message names, as docs/attestation/policy.md describes it.',
  },
} as const satisfies RefusalTable;

/** A policy that cannot be meant as it stands: nothing is appraised by it. */
export class PolicyError extends CodedError<keyof typeof policyRefusals> {
  override readonly name = 'PolicyError';

  constructor(message: string) {
    super('bad-policy', message);
  }
}

function checkFields(
  value: unknown,
  fields: Readonly<Record<string, Check | Readonly<Record<string, Check>>>>,
  at: string,
): void {
  if (!isPlain(value))
    throw new PolicyError(
      at === '' ? 'A policy is an object.' : `The policy field "${at}" is not an object.`,
    );
  for (const [name, inner] of Object.entries(value)) {
    const path = at === '' ? name : `${at}.${name}`;
    const check = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (check === undefined) throw new PolicyError(`The policy field "${path}" does not exist.`);
    // A field that is there without a value is as good as absent.
    if (inner === undefined) continue;
    if (typeof check !== 'function') checkFields(inner, check, path);
    else if (!check(inner))
      throw new PolicyError(`The policy field "${path}" cannot be ${JSON.stringify(inner)}.`);
  }
}

/**
 * Checks the form of a policy: a rule of a field that does not exist would protect nobody.
 *
 * @throws {PolicyError} `bad-policy`, with the field
 */
export function checkPolicy(policy: unknown): asserts policy is Policy {
  checkFields(policy, shape, '');
}

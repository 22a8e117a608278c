/** The format `attestation-vectors/1`; see docs/attestation/conformance.md. */
import { Refusal } from '@gaiwan/attestation';
import { isObject } from '@gaiwan/attestation/json';

/** What a right verifier answers; members beside the named ones are facts (`run.ts`). */
export interface Expectation {
  readonly verdict: string;
  readonly error?: string;
  readonly errorAnyOf?: readonly string[];
  readonly tcbStatus?: string;
  readonly defaultPolicy?: string;
  readonly withIntelRoot?: { readonly verdict: string; readonly error?: string };
  readonly [fact: string]: unknown;
}

/** One entry of `index.json`. */
export interface Vector {
  readonly id: string;
  readonly kind: string;
  /** Paths in the folder of the index. */
  readonly files: Readonly<Record<string, string>>;
  readonly collateral: Readonly<Record<string, string>>;
  /** ISO 8601; null where no clock is involved. */
  readonly verifyAt: string | null;
  readonly expect: Expectation;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly policy?: {
    readonly expectedNonce?: string;
    readonly allowDebug?: boolean;
    readonly minimumTcb?: Readonly<Record<string, number>>;
    readonly expectedPcrs?: Readonly<Record<string, string>>;
  };
  /** Event logs: id of the vector whose quote holds the registers. */
  readonly quote?: string;
}

/** Options of a vector's policy that are understood. */
export const policyOptions: readonly string[] = ['expectedNonce', 'allowDebug', 'minimumTcb', 'expectedPcrs'];

/** What is printed of a vector. */
export interface Line {
  readonly id: string;
  readonly kind: string;
  readonly verdict: string;
  readonly reason: string | null;
  readonly tcbStatus: string | null;
  readonly claimsOk: boolean;
  readonly ok: boolean;
  /** What differs from the expectation, for people. */
  readonly differences: readonly string[];
}

/** Content of a file of the folder. */
export type ReadFile = (path: string) => Uint8Array | Promise<Uint8Array>;

/** Paths lead into the folder and nowhere else. Throws `Refusal` "malformed". */
export function checkedPath(path: unknown): string {
  if (typeof path !== 'string' || !/^[\w.-]+(\/[\w.-]+)*$/.test(path) || path.split('/').includes('..')) {
    throw new Refusal('malformed', `"${String(path)}" is not a path inside the folder.`);
  }
  return path;
}

/** Differences between what is expected and what there is; members that are not expected do not count. */
export function differences(want: unknown, have: unknown, path = ''): string[] {
  if (typeof want === 'object' && want !== null && !Array.isArray(want)) {
    const inner = isObject(have) ? have : {};
    return Object.entries(want).flatMap(([key, value]) =>
      differences(value, inner[key], path === '' ? key : `${path}.${key}`),
    );
  }
  const [a, b] = [JSON.stringify(want), JSON.stringify(have)];
  return a === b ? [] : [`${path}: expected ${a}, found ${b}`];
}

/** EAT Attestation Results (draft-ietf-rats-ear) as JWT: with the names of now, and of before draft 03. */

import { dictionary } from '@gaiwan/errors';
import type { Context } from '../context.ts';
import { isObject } from '../json/scan.ts';
import { told } from '../json/told.ts';
import { Refusal } from '../refusal.ts';
import { type JwtChecks, verifyJwt } from './jwt.ts';

/** Profile of results that are issued now. */
export const EAR_PROFILE = 'tag:ietf.org,2026:rats/ear#04';
const profiles: readonly unknown[] = [
  EAR_PROFILE,
  'tag:ietf.org,2026:rats/ear#03',
  'tag:github.com,2023:veraison/ear',
];

/** From best to worst, "none" being no statement at all. */
const tiers = ['affirming', 'warning', 'contraindicated'] as const;
/** Trustworthiness tier (AR4SI, 2.3). */
export type EarStatus = 'none' | (typeof tiers)[number];
const statuses: readonly EarStatus[] = ['none', ...tiers];
const numbers: Readonly<Record<number, EarStatus>> = {
  0: 'none',
  2: 'affirming',
  32: 'warning',
  96: 'contraindicated',
};

/** Claims of a trustworthiness vector (AR4SI), each -128 to 127. */
export const vectorClaims = [
  'instance-identity',
  'configuration',
  'executables',
  'file-system',
  'hardware',
  'runtime-opaque',
  'storage-opaque',
  'sourced-data',
] as const;
/** A trustworthiness vector; claims that are absent say nothing. */
export type TrustVector = { readonly [claim in (typeof vectorClaims)[number]]?: number };

/** The result for one attester. */
export interface EarSubmodule {
  readonly status: EarStatus;
  readonly vector?: TrustVector;
  readonly policyIds?: readonly string[];
  readonly nonce?: string;
}

/** A result, in the names of now. */
export interface Ear {
  readonly profile: string;
  /** Seconds since 1970. */
  readonly issuedAt: number;
  readonly verifier: { readonly developer: string; readonly build: string };
  readonly submodules: Readonly<Record<string, EarSubmodule>>;
  /** The worst of the submodules. */
  readonly status: EarStatus;
  readonly nonce?: string;
}

/** A genuine result of another verifier. */
export interface VerifiedEar {
  readonly kind: 'ear';
  /** A key that the caller gave vouches for the token, and no root: nothing says that it is simulated. */
  readonly simulated: false;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly ear: Ear;
}

type Json = Readonly<Record<string, unknown>>;

/** A member under the name of now, or one of before. */
function member(json: Json, name: string): unknown {
  return json[`ear_${name.replaceAll('-', '_')}`] ?? json[`ear.${name}`];
}

function statusOf(value: unknown): EarStatus {
  const status = typeof value === 'number' ? numbers[value] : value;
  const known = statuses.find((name) => name === status);
  if (known === undefined)
    throw new Refusal('missing-claims', `A status ${told(value)} instead of one that exists.`);
  return known;
}

/** Tier of a claim (AR4SI, 2.3.2): the bands are the same on both sides of zero. */
function tierOf(claim: number): EarStatus {
  const value = claim < 0 ? -claim : claim;
  if (value < 2) return 'none';
  return value < 32 ? 'affirming' : value < 96 ? 'warning' : 'contraindicated';
}

const rank = (status: EarStatus): number => statuses.indexOf(status) - 1;

/** The worst of several; one that makes no statement cannot stand for one that affirms. */
function worstOf(found: readonly EarStatus[]): EarStatus {
  const stated = found.reduce<EarStatus>((low, status) => (rank(status) > rank(low) ? status : low), 'none');
  return stated === 'affirming' && found.includes('none') ? 'none' : stated;
}

function vectorOf(value: unknown): TrustVector | undefined {
  if (value === undefined) return undefined;
  if (!isObject(value)) throw new Refusal('malformed', 'The trustworthiness vector is not an object.');
  const vector: { -readonly [claim in keyof TrustVector]: TrustVector[claim] } = {};
  for (const [name, claim] of Object.entries(value)) {
    const known = vectorClaims.find((one) => one === name);
    if (known === undefined) throw new Refusal('malformed', `A trustworthiness claim ${told(name)}.`);
    if (typeof claim !== 'number' || !Number.isInteger(claim) || claim < -128 || claim > 127) {
      throw new Refusal('malformed', `The trustworthiness claim "${name}" is not a number of 8 bits.`);
    }
    // oxlint-disable-next-line names/no-names-in-plain-objects -- a claim that is known
    vector[known] = claim;
  }
  return vector;
}

function policyIds(json: Json): readonly string[] | undefined {
  const list = member(json, 'appraisal-policy-ids') ?? member(json, 'appraisal-policy-id');
  if (list === undefined) return undefined;
  const ids: unknown[] = Array.isArray(list) ? list : [list];
  if (!ids.every((id) => typeof id === 'string'))
    throw new Refusal('malformed', 'A policy id is not a text.');
  return ids;
}

const nonceOf = (json: Json): string | undefined =>
  typeof json['eat_nonce'] === 'string' ? json['eat_nonce'] : undefined;

function parseSubmodule(name: string, json: unknown): EarSubmodule {
  if (!isObject(json)) throw new Refusal('malformed', `The submodule ${told(name)} is not an object.`);
  const status = statusOf(member(json, 'status'));
  const vector = vectorOf(member(json, 'trustworthiness-vector'));
  const ids = policyIds(json);
  const low = worstOf(
    Object.values(vector ?? {})
      .map(tierOf)
      .filter((tier) => tier !== 'none'),
  );
  if (rank(status) < rank(low)) {
    throw new Refusal('missing-claims', `The submodule ${told(name)} is ${status}, its worst claim ${low}.`);
  }
  const nonce = nonceOf(json);
  return { status, ...(vector && { vector }), ...(ids && { policyIds: ids }), ...(nonce && { nonce }) };
}

function verifierOf(value: unknown): Ear['verifier'] {
  if (!isObject(value) || typeof value['developer'] !== 'string' || typeof value['build'] !== 'string') {
    throw new Refusal('missing-claims', 'The result does not say which verifier made it.');
  }
  return { developer: value['developer'], build: value['build'] };
}

/**
 * Reads the claims of a result, of either generation of names. `status` is the worst of the submodules.
 *
 * @throws {Refusal} `missing-claims`, `malformed`
 */
export function parseEar(claims: Json): Ear {
  const { eat_profile: profile, iat, submods } = claims;
  if (typeof profile !== 'string' || !profiles.includes(profile)) {
    throw new Refusal(
      'missing-claims',
      `The token has the profile ${told(profile)}, which is not one of EAR.`,
    );
  }
  if (typeof iat !== 'number')
    throw new Refusal('missing-claims', 'The result does not say when it was issued.');
  if (!isObject(submods) || Object.keys(submods).length === 0) {
    throw new Refusal('missing-claims', 'The result has no submodule, and so says nothing.');
  }
  const submodules = dictionary(
    Object.entries(submods).map(([name, json]) => [name, parseSubmodule(name, json)]),
  );
  const status = worstOf(Object.values(submodules).map((part) => part.status));
  const overall = member(claims, 'status');
  const stated = overall === undefined ? status : statusOf(overall);
  if (rank(stated) < rank(status)) {
    throw new Refusal('missing-claims', `The result is ${stated} as a whole, and ${status} in a part.`);
  }
  const nonce = nonceOf(claims);
  return {
    profile,
    issuedAt: iat,
    verifier: verifierOf(member(claims, 'verifier-id')),
    submodules,
    status,
    ...(nonce && { nonce }),
  };
}

/** Verifies a token (RFC 7519, 7.2) and reads it (draft-ietf-rats-ear). Throws `Refusal`. */
export async function verifyEar(token: string, checks: JwtChecks, context: Context): Promise<VerifiedEar> {
  const { header, payload } = await verifyJwt(token, checks, context);
  return { kind: 'ear', simulated: false, claims: { header, payload }, ear: parseEar(payload) };
}

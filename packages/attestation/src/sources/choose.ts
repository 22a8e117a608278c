/** The endorsements for one piece of evidence out of many files, and why the others are of no use. */

import { dictionary, quoted } from '@gaiwan/errors';
import { concat, equal, text } from '../bytes.ts';
import type { Endorsements, Evidence } from '../evidence.ts';
import { parseJsonObject } from '../json/scan.ts';
import { collect, type NamedFile } from './collect.ts';
import type { CertificateUnit, DocumentUnit, Name, Unit } from './units.ts';
import { type Wanted, wantedFor } from './wanted.ts';

/** A file, or a part of one, that was given and is not used. */
export interface UnusedFile {
  readonly name: string;
  /** For people. */
  readonly why: string;
}

/** Endorsements for one piece of evidence. */
export interface ChosenEndorsements {
  readonly endorsements: Endorsements;
  readonly unused: readonly UnusedFile[];
}

const isCertificate = (unit: Unit): unit is CertificateUnit => unit.role !== 'document';
const isDocument = (unit: Unit): unit is DocumentUnit => unit.role === 'document';

/** The one for this subject and this time, the newest of several; if there is none, the nearest, so that its fault is reported. */
function chooseBest<T extends Unit>(
  candidates: readonly T[],
  subject: string | true,
  at: number,
): T | undefined {
  const score = (candidate: T): number =>
    (subject === true || candidate.subject === subject ? 2 : 0) +
    (candidate.from <= at && at <= candidate.to ? 1 : 0);
  return [...candidates].sort((a, b) => score(b) - score(a) || b.from - a.from)[0];
}

/** Authorities above a certificate, each by the name of its issuer, whichever file they came in. */
function above(leaf: CertificateUnit, pool: readonly CertificateUnit[], at: number): CertificateUnit[] {
  const chain: CertificateUnit[] = [leaf];
  for (;;) {
    const { issuer, subject } = (chain.at(-1) ?? leaf).certificate;
    if (equal(issuer, subject)) break;
    const candidates = pool.filter(
      (unit) => !chain.includes(unit) && equal(unit.certificate.subject, issuer),
    );
    const next = chooseBest(candidates, true, at);
    if (next === undefined) break;
    chain.push(next);
  }
  return chain.slice(1);
}

const joined = (units: readonly CertificateUnit[]): Uint8Array => concat(...units.map(({ bytes }) => bytes));

/** Chains by name, with the role of the certificate at their lower end. */
const chains = [
  { name: 'tcbSigningChain', role: 'tcbSigner' },
  { name: 'pckChain', role: 'pck' },
] as const;

class Choice {
  readonly chosen = dictionary<Uint8Array>();
  readonly used = new Set<Unit>();
  readonly #wanted: Wanted;
  readonly #pool: readonly CertificateUnit[];
  readonly #at: number;

  constructor(units: readonly Unit[], wanted: Wanted, at: number) {
    this.#wanted = wanted;
    this.#at = at;
    this.#pool = units.filter(isCertificate);
    for (const name of new Set(units.filter(isDocument).map((unit) => unit.name))) {
      const of = units.filter(isDocument).filter((unit) => unit.name === name);
      this.#take(name, of, (unit) => [unit]);
    }
    for (const { name, role } of chains)
      this.#take(name, this.#withRole(role), (leaf) => [leaf, ...this.#above(leaf)]);
    this.#takeAmd();
    this.#takeTpm();
  }

  #withRole(...roles: CertificateUnit['role'][]): CertificateUnit[] {
    return this.#pool.filter(({ role }) => roles.includes(role));
  }

  #above(leaf: CertificateUnit): CertificateUnit[] {
    return above(leaf, this.#pool, this.#at);
  }

  #take<T extends Unit>(
    name: Name,
    candidates: readonly T[],
    whole: (best: T) => readonly Unit[],
  ): T | undefined {
    const wanted = this.#wanted[name];
    const best = wanted === undefined ? undefined : chooseBest(candidates, wanted, this.#at);
    if (best === undefined) return undefined;
    const units = whole(best);
    this.chosen[name] = concat(...units.map(({ bytes }) => bytes));
    for (const unit of units) this.used.add(unit);
    return best;
  }

  #takeChain(name: 'caChain' | 'akIssuers', units: readonly CertificateUnit[]): void {
    if (units.length === 0) return;
    this.chosen[name] = joined(units);
    for (const unit of units) this.used.add(unit);
  }

  /** ASK or ASVK, and ARK: above the key of the chip or, where that is missing, by the names that the report wants. */
  #takeAmd(): void {
    const leaf = this.#take('endorsementKey', this.#withRole('endorsementKey'), (unit) => [unit]);
    const { caChain } = this.#wanted;
    if (caChain === undefined) return;
    const found = leaf === undefined ? [] : this.#above(leaf);
    if (found.length > 0) {
      this.#takeChain('caChain', found);
      return;
    }
    const authorities = this.#pool.filter(({ subject }) => subject.startsWith('SEV-'));
    const ask = chooseBest(authorities, caChain, this.#at);
    if (ask !== undefined) this.#takeChain('caChain', [ask, ...this.#above(ask)]);
  }

  #takeTpm(): void {
    const leaf = this.#take('akCertificate', this.#withRole('other'), (unit) => [unit]);
    if (this.#wanted.akIssuers === undefined) return;
    this.#takeChain('akIssuers', leaf === undefined ? this.#withRole('authority') : this.#above(leaf));
  }
}

const words: Readonly<Record<CertificateUnit['role'], string>> = {
  tcbSigner: "a certificate of Intel's TCB signer",
  pck: 'a PCK certificate',
  endorsementKey: 'a VCEK or VLEK',
  authority: 'a certificate of an authority',
  other: 'a certificate of no authority',
};

const nameOfUnit = (unit: Unit): Name => {
  if (isDocument(unit)) return unit.name;
  const names = {
    tcbSigner: 'tcbSigningChain',
    pck: 'pckChain',
    endorsementKey: 'endorsementKey',
    authority: 'akIssuers',
    other: 'akCertificate',
  } as const;
  return names[unit.role];
};

/** Why a unit was not chosen. */
function whyNot(unit: Unit, evidence: Evidence, wanted: Wanted, at: number): string {
  const what = isDocument(unit) ? unit.name : `${words[unit.role]} (${quoted(unit.subject)})`;
  const subject = wanted[nameOfUnit(unit)];
  if (unit.role === 'authority') return `${what}: no chain that is used leads to it`;
  if (subject === undefined) return `${what}: of no use for this evidence (${evidence.kind})`;
  if (subject !== true && unit.subject !== subject)
    return `${what}: it is for ${quoted(unit.subject)}, and the evidence wants ${quoted(subject)}`;
  const iso = (time: number): string => new Date(time).toISOString();
  if (at > unit.to) return `${what}: it held until ${iso(unit.to)}`;
  if (at < unit.from) return `${what}: it holds from ${iso(unit.from)}`;
  return `${what}: another one was given that fits as well and is newer, or the same`;
}

/**
 * Endorsements out of files, by their content: as vendors serve them, as caches and libraries keep them, certificates split or joined.
 * What cannot be used is told with the reason, by the name of its file.
 *
 * @param at the time of verification, milliseconds since 1970
 */
export function chooseEndorsements(
  files: Iterable<NamedFile>,
  evidence: Evidence,
  at: number,
): ChosenEndorsements {
  const read = [...files].map(({ name, bytes }) => ({ name, ...collect(bytes) }));
  const units = read.flatMap((file) => file.units);
  const wanted = wantedFor(evidence, units);
  const { chosen, used } = new Choice(units, wanted, at);
  const unused = read.flatMap((file) => {
    const reasons = file.units.some((unit) => used.has(unit))
      ? []
      : file.units.map((unit) => whyNot(unit, evidence, wanted, at));
    return [...new Set([...file.problems, ...reasons])].map((why) => ({ name: file.name, why }));
  });
  const { results, ...others } = chosen;
  return {
    endorsements: { ...others, ...(results && { results: { keys: parseJsonObject(text(results)) } }) },
    unused,
  };
}

/** Runs a folder of vectors and compares what the library says with what a right verifier answers. */

import { Refusal } from '@gaiwan/attestation';
import { text } from '@gaiwan/attestation/bytes';
import { isObject, parseJsonObject } from '@gaiwan/attestation/json';
import { differences, type Line, policyOptions, type Vector } from './format.ts';
import type { Outcome, RunOptions } from './outcome.ts';
import { runVector } from './run-vector.ts';
import { isTpmIndex, tpmLines } from './tpm-vectors.ts';

/** Expectations that are facts of an outcome. */
const facts = [
  'tcbStatus',
  'platformTcbStatus',
  'tdxModuleTcbStatus',
  'qeTcbStatus',
  'launchTcbStatus',
  'currentTcbStatus',
  'advisoryIds',
  'debug',
  'septVeDisable',
  'migrationAllowed',
  'product',
  'register',
  'eventDataTrusted',
  'quoteSignatureByAttestationKey',
  'qeReportBinding',
  'defaultPolicy',
  'withIntelRoot',
] as const;

/** Claims in sentences: for readers of the index, not for comparing. */
const descriptive: ReadonlySet<string> = new Set(['legacyBinding', 'reportDataPreimage']);

function reasonDiffers({ expect }: Vector, outcome: Outcome): boolean {
  const accepted = expect.errorAnyOf ?? (expect.error === undefined ? undefined : [expect.error]);
  return accepted !== undefined && !accepted.includes(outcome.reason ?? '');
}

function lineOf(vector: Vector, outcome: Outcome): Line {
  const { expect } = vector;
  const wanted = Object.fromEntries(
    facts.filter((name) => name in expect).map((name) => [name, expect[name]]),
  );
  const claims = Object.entries(vector.claims ?? {}).filter(([name]) => !descriptive.has(name));
  const claimDifferences = differences(Object.fromEntries(claims), outcome.claims);
  const options = Object.keys(vector.policy ?? {}).filter((name) => !policyOptions.includes(name));
  const all = [
    ...options.map((name) => `policy.${name}: an option that is not understood`),
    ...differences(expect.verdict, outcome.verdict, 'verdict'),
    ...(reasonDiffers(vector, outcome)
      ? [`reason: expected ${expect.error ?? expect.errorAnyOf?.join(' or ')}, found ${outcome.reason}`]
      : []),
    ...differences(wanted, outcome.facts),
    ...claimDifferences,
  ];
  const status = outcome.facts['tcbStatus'];
  return {
    id: vector.id,
    kind: vector.kind,
    verdict: outcome.verdict,
    reason: outcome.reason ?? null,
    tcbStatus: typeof status === 'string' ? status : null,
    claimsOk: claimDifferences.length === 0,
    ok: all.length === 0,
    differences: all,
  };
}

function isVector(value: unknown): value is Vector {
  return (
    isObject(value) &&
    typeof value['id'] === 'string' &&
    typeof value['kind'] === 'string' &&
    isObject(value['files']) &&
    isObject(value['collateral']) &&
    isObject(value['expect'])
  );
}

/**
 * Runs a folder of vectors: lines in the order of `index.json`.
 *
 * @throws {Refusal} `malformed` for a folder of another format
 *
 * @example
 * for await (const { id, ok, differences } of runConformance({ read, now: Date.now() }))
 *   if (!ok) console.log(id, differences);
 */
export async function* runConformance(options: RunOptions): AsyncGenerator<Line, void, void> {
  const index = parseJsonObject(text(await options.read('index.json')));
  if (isTpmIndex(index)) return yield* tpmLines(index, options);
  const { format, vectors } = index;
  if (format !== 'attestation-vectors/1' || !Array.isArray(vectors) || !vectors.every(isVector)) {
    throw new Refusal('malformed', 'The folder has no index of the format "attestation-vectors/1".');
  }
  const byId = new Map(vectors.map((vector) => [vector.id, vector]));
  for (const vector of vectors) yield lineOf(vector, await runVector(vector, byId, options));
}

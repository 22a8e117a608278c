/** One function for each part of a policy. Each throws `Refusal`, or lets pass. */
import { checkSeparators } from '../eventlog/replay.ts';
import { limits } from '../limits.ts';
import { Refusal } from '../refusal.ts';
import { isTcbAtLeast, type Product, products, type TcbParts } from '../snp/product.ts';
import { platformInfoBits, policyBits } from '../snp/report.ts';
import type { Facts } from './facts.ts';
import type { Policy, SnpPolicy } from './policy.ts';

/** One part of a policy, judged. `at`: the time of verification, milliseconds since 1970. */
export type Rule = (facts: Facts, policy: Policy, at: number) => void;

/** Values from a policy are compared in lower case; the evidence's own are always in lower case. */
export const isSame = (wanted: string, have: string | undefined): boolean => wanted.toLowerCase() === have;
const isOneOf = (wanted: readonly string[], have: string | undefined): boolean =>
  have !== undefined && wanted.some((value) => isSame(value, have));

/** A debuggable environment has no secrets. */
export const debug: Rule = (facts, policy) => {
  if (facts.debug && policy.allowDebug !== true) throw new Refusal('policy-debug');
};

/** A migration agent can take the environment to another machine. */
export const migration: Rule = (facts, policy) => {
  if (facts.migratable && policy.allowMigration !== true) throw new Refusal('policy-migration');
};

/** One of the accepted sets must match whole. */
export const measurement: Rule = (facts, policy) => {
  const sets = policy.measurements;
  if (sets === undefined) {
    // A result stands for a comparison that its verifier made.
    if (policy.anyMeasurement === true || facts.earStatus !== undefined) return;
    throw new Refusal(
      'policy-measurement',
      'The policy names no measurement: say which ones are accepted, or that any is ("anyMeasurement").',
    );
  }
  const registers = Object.keys(facts.measurements);
  const fits = ([name, value]: readonly [string, string]): boolean => isSame(value, facts.measurements[name]);
  if (sets.some((set) => Object.entries(set).every(fits))) return;
  const wanted = new Set(sets.flatMap((set) => Object.keys(set)));
  const differing = [...wanted].filter(
    (name) => !sets.some((set) => Object.entries(set).some((entry) => entry[0] === name && fits(entry))),
  );
  const found = differing.map(
    (name) => `${name} ${facts.measurements[name] ?? `(not one of ${registers.join(', ')})`}`,
  );
  throw new Refusal(
    'policy-measurement',
    `Not accepted: ${found.join(', ') || 'this combination of registers'}.`,
  );
};

/** The configuration that a measured program says it has. */
export const configuration: Rule = (facts, { configurations }) => {
  if (configurations === undefined) return;
  if (!isOneOf(configurations, facts.configuration)) {
    const found = facts.configuration ?? 'that the evidence does not name';
    throw new Refusal('policy-measurement', `The policy does not accept the configuration ${found}.`);
  }
};

/** One of the accepted signers signed the code. */
export const signer: Rule = (facts, { signers }) => {
  if (signers === undefined) return;
  if (!facts.signers.some((have) => isOneOf(signers, have))) {
    throw new Refusal('policy-signer', `The code is signed by ${facts.signers.join(', ') || 'nobody'}.`);
  }
};

/** The report data, compared whole. */
export const reportData: Rule = (facts, policy) => {
  if (policy.reportData !== undefined && !isSame(policy.reportData, facts.reportData)) {
    throw new Refusal('policy-report-data', `The report data are ${facts.reportData ?? 'absent'}.`);
  }
};

/** The nonce, compared whole: a prefix would let a replay pass. */
export const nonce: Rule = (facts, policy) => {
  if (policy.nonce === undefined) return;
  const have = facts.nonce === undefined ? facts.reportData : facts.nonce;
  const wanted = facts.nonce === undefined ? policy.nonce.padEnd(128, '0') : policy.nonce;
  if (policy.nonce === '' || have === null || !isSame(wanted, have)) {
    throw new Refusal('nonce-mismatch', `The evidence was made for ${have ? `"${have}"` : 'no nonce'}.`);
  }
};

/** The evidence's own time, against that of verification. */
export const age: Rule = (facts, { maximumAge }, at) => {
  if (maximumAge === undefined) return;
  if (facts.time === undefined)
    throw new Refusal('policy-age', 'The evidence does not say when it was made: use a nonce.');
  const seconds = (at - facts.time) / 1000;
  if (seconds > maximumAge) throw new Refusal('policy-age', `The evidence is ${Math.round(seconds)} s old.`);
  if (seconds < -limits.clockSkew.value)
    throw new Refusal('policy-age', `The evidence is from ${Math.round(-seconds)} s in the future.`);
};

/** Whether each connection must have evidence of its own. */
export const sessionSigning: Rule = (facts, { allowSessionSigning = true }) => {
  if (allowSessionSigning || facts.namesSessionSigningKey !== true) return;
  throw new Refusal(
    'policy-session-signing',
    'The evidence names a key that signs for connections, in place of evidence about each.',
  );
};

/** Status, advisories, evaluation number and date of Intel's TCB. */
export const tcb: Rule = (facts, policy) => {
  const { tcb: found } = facts;
  if (found === undefined) return;
  const { statuses = ['UpToDate'], advisories, minimumEvaluationNumber, minimumDate } = policy.tcb ?? {};
  if (!statuses.includes(found.tcbStatus)) {
    throw new Refusal(
      'policy-tcb',
      `The TCB is ${found.tcbStatus} (${found.advisoryIds.join(', ') || 'no advisories'}).`,
    );
  }
  if (advisories !== undefined && advisories !== true) {
    const other = found.advisoryIds.filter((id) => !advisories.includes(id));
    if (other.length > 0) throw new Refusal('policy-advisory', `Not accepted: ${other.join(', ')}.`);
  }
  if (minimumEvaluationNumber !== undefined && found.tcbEvaluationDataNumber < minimumEvaluationNumber) {
    throw new Refusal(
      'policy-tcb',
      `The endorsements are of TCB evaluation ${found.tcbEvaluationDataNumber}.`,
    );
  }
  if (minimumDate !== undefined) {
    const minimum = Date.parse(minimumDate);
    // An empty date parses to NaN, and NaN is below nothing: so ask for what must hold.
    if (!(Date.parse(found.tcbDate) >= minimum)) {
      throw new Refusal('policy-tcb', `The TCB is of ${found.tcbDate || 'an unknown date'}.`);
    }
  }
};

type MinimumTcb = NonNullable<SnpPolicy['minimumTcb']>;
type MinimumByProduct = Extract<MinimumTcb, { readonly Milan?: unknown }>;

const isByProduct = (minimum: MinimumTcb): minimum is MinimumByProduct =>
  products.some((name) => name in minimum);

function minimumFor(minimum: MinimumTcb, product: Product): Partial<TcbParts> {
  if (!isByProduct(minimum)) return minimum;
  const own = minimum[product];
  if (own === undefined) throw new Refusal('policy-tcb', `The policy accepts no ${product}.`);
  return own;
}

/** `checkPolicy` let only "major.minor" through. */
const abi = (text: string): number => {
  const [major = Number.NaN, minor = Number.NaN] = text.split('.').map(Number);
  return major * 256 + minor;
};

/** The rules for SNP reports (`SnpPolicy`). */
export const snp: Rule = (facts, policy) => {
  if (facts.snp === undefined) return;
  const { report, product, reportedTcb, tcbOrdered } = facts.snp;
  const wanted = policy.snp ?? {};
  const bits = policyBits(report.policy);
  const info = platformInfoBits(report.platformInfo);
  const platform = (holds: boolean, what: string) => {
    if (!holds) throw new Refusal('policy-platform', what);
  };
  if (!tcbOrdered) {
    throw new Refusal(
      'policy-tcb',
      'The firmware reports a TCB above its committed one, or a committed above its current one.',
    );
  }
  if (wanted.minimumTcb !== undefined && !isTcbAtLeast(reportedTcb, minimumFor(wanted.minimumTcb, product))) {
    throw new Refusal('policy-tcb', `The reported TCB is ${JSON.stringify(reportedTcb)}.`);
  }
  if (!(wanted.vmpls ?? [0]).includes(report.vmpl))
    throw new Refusal('policy-vmpl', `The report was made at VMPL ${report.vmpl}.`);
  platform(
    wanted.allowProvisionalFirmware !== false || report.current === report.committed,
    'The firmware is not committed: it can be rolled back.',
  );
  platform(wanted.allowSmt !== false || !info.smtEnabled, 'Simultaneous multi-threading is on.');
  platform(
    wanted.requireAliasCheck !== true || info.aliasCheckComplete,
    'The memory alias check was not completed.',
  );
  platform(wanted.requireSingleSocket !== true || bits.singleSocket, 'The guest may run on several sockets.');
  platform(
    wanted.requireCiphertextHiding !== true || info.ciphertextHidingDram,
    'The ciphertext of memory is not hidden.',
  );
  if (wanted.minimumAbi !== undefined) {
    platform(
      bits.abiMajor * 256 + bits.abiMinor >= abi(wanted.minimumAbi),
      `The guest accepts ABI ${bits.abiMajor}.${bits.abiMinor}.`,
    );
  }
  platform(
    wanted.hostData === undefined || isSame(wanted.hostData, report.hostData),
    `The host data are ${report.hostData}.`,
  );
  for (const [list, digest] of [
    [wanted.idKeyDigests, report.idKeyDigest],
    [wanted.authorKeyDigests, report.authorKeyDigest],
  ] as const) {
    if (list !== undefined && !isOneOf(list, digest))
      throw new Refusal('policy-signer', `The key digest is ${digest}.`);
  }
};

/** Chip, cloud, platform and instance, by lists. */
export const identity: Rule = (facts, policy) => {
  const lists = policy.identity;
  if (lists === undefined) return;
  const { chipId, cspId, platformInstanceId, fmspc, instanceId, implementationId } = facts.identity;
  const pairs = [
    ['chip', lists.chipIds, chipId],
    ['cloud', lists.cspIds, cspId?.toLowerCase()],
    ['platform', lists.platformInstanceIds, platformInstanceId],
    ['FMSPC', lists.fmspcs, fmspc],
    ['instance', lists.instanceIds, instanceId?.toLowerCase()],
    ['implementation', lists.implementationIds, implementationId],
  ] as const;
  for (const [what, accepted, have] of pairs) {
    if (accepted !== undefined && !isOneOf(accepted, have)) {
      throw new Refusal('policy-identity', `The ${what} is ${have ?? 'not in this evidence'}.`);
    }
  }
};

/** A list must have been checked, where the format leaves it to the caller to give one. */
export const revocation: Rule = (facts, policy) => {
  if (policy.requireRevocation === true && facts.revocationChecked === false)
    throw new Refusal('policy-revocation');
};

/** Who vouches that a TPM's key lives in a TPM. */
export const keyTrust: Rule = (facts, policy) => {
  if (facts.keyTrust === undefined) return;
  const accepted = policy.keyTrust ?? ['certificate', 'caller', 'credential', 'hardware'];
  if (!accepted.includes(facts.keyTrust))
    throw new Refusal('policy-key', `The key is vouched for by: ${facts.keyTrust}.`);
};

/** PCRs of SHA-1 can be made to collide. */
export const weakBanks: Rule = (facts, policy) => {
  if (facts.weakBanks === true && policy.allowSha1Banks !== true) {
    throw new Refusal('weak-hash', 'Only PCRs of the SHA-1 bank were quoted.');
  }
};

/** What was measured between two separators passes for the firmware's, or for what follows it. */
export const separators: Rule = (facts, policy) => {
  checkSeparators(facts.repeatedSeparators ?? [], policy.allowRepeatedSeparators);
};

/** The status that another verifier found. */
export const earStatus: Rule = (facts, policy) => {
  if (facts.earStatus === undefined) return;
  if (!(policy.earStatuses ?? ['affirming']).includes(facts.earStatus)) {
    throw new Refusal('policy-status', `The verifier's status is "${facts.earStatus}".`);
  }
};

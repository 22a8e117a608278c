/** evidence verify: whether evidence is genuine, and whether a policy accepts it. */
import type { Evidence, Policy, Reason, Roots, Verified } from '@gaiwan/attestation';
import { quoted } from '@gaiwan/errors';
import { buildCommand } from '@stricli/core';
import { type Context, print } from '../context.ts';
import { usage } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import * as flag from '../flags.ts';
import { policyAt } from '../trust.ts';
import { endorsementsAt, noteUnused } from './evidence-endorsements.ts';
import { bytesOf, lines } from './evidence-text.ts';

interface VerifyFlags extends flag.Json {
  readonly endorsements?: string | undefined;
  readonly at: string;
  readonly policy?: string | undefined;
  readonly nonce?: string | undefined;
  readonly root?: readonly string[] | undefined;
}

function timeOf(text: string): Date {
  const at = text === 'now' ? new Date() : new Date(text);
  const given = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?Z)?$/.test(text) || text === 'now';
  if (!given || Number.isNaN(at.getTime())) {
    throw usage(`--at ${JSON.stringify(text)} is neither "now" nor a time like 2026-11-24T10:00:00Z.`);
  }
  return at;
}

const vendors = ['intel', 'amd', 'aws', 'tpm'] as const;

async function rootsOf(given: readonly string[] | undefined): Promise<Roots> {
  const roots: { [vendor in (typeof vendors)[number]]?: Uint8Array[] } = {};
  for (const [vendor, file] of (given ?? []).map((pair) => pair.split('=', 2))) {
    const name = vendors.find((known) => known === vendor);
    if (name === undefined || !file)
      throw usage('--root wants VENDOR=FILE; vendors are intel, amd, aws and tpm.');
    // oxlint-disable-next-line names/no-names-in-plain-objects -- one of `vendors`
    roots[name] = [...(roots[name] ?? []), await bytesOf(file)];
  }
  return roots;
}

function policyOf(file: string | undefined, nonce: string | undefined): Policy {
  if (nonce !== undefined && !/^([0-9a-fA-F]{2})+$/.test(nonce)) throw usage('--nonce is not hexadecimal.');
  const policy = file === undefined ? {} : policyAt(file);
  return nonce === undefined ? policy : { ...policy, nonce };
}

function summary(verified: Verified): string[] {
  const tcb: { tcb?: unknown } = 'tcb' in verified ? { tcb: verified.tcb } : {};
  return [`  kind: ${verified.kind}`, ...lines(tcb, '  '), ...lines({ claims: verified.claims }, '  ')];
}

interface Refusal {
  readonly reason: Reason;
  readonly message: string;
  /** For JSON. */
  readonly more: object;
  /** For people, below what is wrong and what to do. */
  readonly tail: readonly string[];
}

async function printRefusal(context: Context, json: boolean, refusal: Refusal): Promise<void> {
  const { reasons } = await import('@gaiwan/attestation');
  const { reason, message, more, tail } = refusal;
  const { meaning, remedy } = reasons[reason];
  context.process.exitCode = exitCodes.refused.value;
  print(context, json, { verdict: 'refused', reason, message, meaning, remedy, ...more }, () =>
    [
      `refused: ${reason}`,
      `  ${message}`,
      ...(message === meaning ? [] : [`  ${meaning}`]),
      `  ${remedy}`,
      ...tail,
    ].join('\n'),
  );
}

/** What evidence that is not genuine says: who looks for the fault wants to see it. */
async function unverifiedClaims(evidence: Evidence): Promise<Pick<Refusal, 'more' | 'tail'>> {
  const { inspect } = await import('@gaiwan/attestation');
  const seen = await inspect(evidence);
  const more = { verified: false };
  if (seen.verdict === 'refused') return { more, tail: [] };
  const unread = (seen.unread ?? []).map(({ part, message }) => `    not read: ${part}: ${message}`);
  return {
    more: { ...more, unverified: seen },
    tail: [
      `  It says, and nothing of it is verified (${seen.kind}):`,
      ...lines(seen.claims, '    '),
      ...unread,
    ],
  };
}

async function verifyFile(context: Context, flags: VerifyFlags, file: string): Promise<void> {
  const { appraise, openEvidence, verify } = await import('@gaiwan/attestation');
  const json = flags.json === true;
  const at = timeOf(flags.at);
  const policy = policyOf(flags.policy, flags.nonce);
  const roots = await rootsOf(flags.root);
  const bytes = await bytesOf(file);
  const { evidence, form, at: place } = openEvidence(bytes);
  const found = form && { found: place === undefined ? form : `${form}, at ${quoted(place)}` };
  const places = { path: flags.endorsements, beside: form && bytes };
  const { endorsements, unused } = await endorsementsAt(places, evidence, at);
  if (!json) noteUnused(context, unused);
  const left = { ...found, ...(unused.length > 0 && { unused }) };
  const verified = await verify(evidence, endorsements, { at, roots });
  if (verified.verdict === 'refused') {
    const { more, tail } = await unverifiedClaims(evidence);
    return printRefusal(context, json, { ...verified, more: { ...more, ...left }, tail });
  }
  const more = {
    verified: true,
    kind: verified.kind,
    claims: verified.claims,
    ...('tcb' in verified && { tcb: verified.tcb }),
    ...left,
  };
  const appraisal = appraise(verified, policy);
  if (appraisal.verdict === 'accepted') {
    print(context, json, { verdict: 'accepted', ...more }, () =>
      ['accepted', ...lines({ ...found }, '  '), ...summary(verified)].join('\n'),
    );
    return undefined;
  }
  const tail = ['  Genuine evidence, which the policy does not accept:', ...summary(verified)];
  return printRefusal(context, json, { ...appraisal, more, tail });
}

export const verifyCommand = buildCommand<VerifyFlags, [string], Context>({
  docs: {
    brief: 'Verify evidence and appraise it by a policy',
    fullDescription: `Exit code 0: accepted. 1: refused, with the reason and what the evidence says. 2: not evidence.

FILE: as for evidence inspect; endorsements that came in it are used. --endorsements: a folder, or one file, with what vouches for the evidence
as its vendor serves it, or as caches and libraries keep it (TCB Info, QE Identity, lists, certificates, keys; split, joined, hexadecimal, in one JSON); each is
recognized by its content, and of several the one that fits is used. What is not used is named, with the reason. --policy: JSON, see docs/attestation/policy.md; without
one, debug and unknown measurements are refused. --root: another root than the vendor's, for simulations and tests.

${flag.examples(
  'gaiwan evidence verify quote.bin --endorsements collateral/ --at now --policy policy.json',
  'gaiwan evidence verify document.cbor --at 2026-11-24T10:00:00Z --policy policy.json --nonce 00112233',
)}`,
  },
  parameters: {
    flags: {
      endorsements: flag.textFlag('Folder or file with endorsements', 'PATH'),
      at: flag.requiredText('Time to verify at: "now", or ISO 8601 in UTC', 'TIME'),
      policy: flag.textFlag('Appraisal policy (JSON)', 'FILE'),
      nonce: flag.textFlag('Nonce that the evidence must be made for', 'HEX'),
      root: flag.listFlag(
        'Root certificate in place of the pinned one: intel=FILE, amd=FILE, aws=FILE, tpm=FILE',
        'VENDOR=FILE',
      ),
      json: flag.jsonFlag,
    },
    positional: flag.positional('FILE'),
  },
  async func(flags, file) {
    const { PolicyError, Refusal: NotEvidence } = await import('@gaiwan/attestation');
    try {
      await verifyFile(this, flags, file);
    } catch (error) {
      if (error instanceof PolicyError) throw usage(error.message);
      if (!(error instanceof NotEvidence)) throw error;
      const { code: reason, message } = error;
      this.process.exitCode = exitCodes.usage.value;
      const value = { verdict: 'refused', reason, message };
      print(this, flags.json === true, value, () => `not evidence: ${message} (${reason})`);
    }
  },
});

/** evidence inspect|verify|conformance: attestation without a platform. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Evidence, Policy, Reason, Roots, Verified } from '@gaiwan/attestation';
import { buildCommand, buildRouteMap } from '@stricli/core';
import { type Context, note, print } from '../context.ts';
import { usage } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import * as flag from '../flags.ts';
import { limits } from '../limits.ts';
import { policyAt } from '../trust.ts';
import { endorsementsAt } from './evidence-endorsements.ts';

/** More than any evidence, certificate or log has. */
const MAX_INPUT = limits.evidence.value;

/** A file, or standard input. */
async function bytesOf(file: string): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  const arriving: AsyncIterable<Buffer> = file === '-' ? process.stdin : createReadStream(file);
  for await (const chunk of arriving) {
    size += chunk.length;
    if (size > MAX_INPUT) throw usage(`${file} has more than ${MAX_INPUT} bytes: it is no evidence.`);
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

const isGroup = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

/** "name: value" lines, nested ones indented. */
export function lines(value: Readonly<Record<string, unknown>>, indent = ''): string[] {
  return Object.entries(value).flatMap(([name, inner]) => {
    if (isGroup(inner)) return [`${indent}${name}:`, ...lines(inner, `${indent}  `)];
    return [`${indent}${name}: ${typeof inner === 'string' ? inner : JSON.stringify(inner)}`];
  });
}

const inspectCommand = buildCommand<flag.Json, [string], Context>({
  docs: {
    brief: 'Show what evidence says; nothing of it is verified',
    fullDescription: `Reads quotes of SGX and TDX, SNP reports, Nitro documents, TPM and Azure bundles, CCA and PSA tokens, RA-TLS
certificates, EAR tokens, event logs, CoRIMs and EPID quotes. - is standard input. Exit code 2: not evidence.

${flag.examples('gaiwan evidence inspect quote.bin', 'gaiwan evidence inspect report.bin --json')}`,
  },
  parameters: { flags: { json: flag.jsonFlag }, positional: flag.positional('FILE') },
  async func({ json }, file) {
    const { inspect } = await import('@gaiwan/attestation');
    const found = await inspect(await bytesOf(file));
    if (found.verdict === 'refused') {
      this.process.exitCode = exitCodes.usage.value;
      print(this, json === true, found, () => `not evidence: ${found.message} (${found.reason})`);
      return;
    }
    print(this, json === true, found, () =>
      [`${found.kind}, not verified`, ...lines(found.claims, '  ')].join('\n'),
    );
  },
});

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

const verifyCommand = buildCommand<VerifyFlags, [string], Context>({
  docs: {
    brief: 'Verify evidence and appraise it by a policy',
    fullDescription: `Exit code 0: accepted. 1: refused, with the reason. 2: not evidence.

--endorsements: a folder, or one file, with what vouches for the evidence as its vendor serves it (TCB Info, QE Identity,
CRLs, certificates, keys); each file is recognized by its content, and of several the one that fits is used. --policy: JSON, see docs/attestation/policy.md; without one,
debug and unknown measurements are refused. --root: another root than the vendor's, for simulations and tests.

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
  async func({ endorsements: path, at, policy: policyFile, nonce, root, json }, file) {
    const { appraise, detect, PolicyError, Refusal, reasons, verify } = await import('@gaiwan/attestation');
    const time = timeOf(at);
    const policy = policyOf(policyFile, nonce);
    const roots = await rootsOf(root);
    const refuse = (reason: Reason, message: string, more: object, tail: string[]) => {
      const { meaning, remedy } = reasons[reason];
      this.process.exitCode = exitCodes.refused.value;
      print(this, json === true, { verdict: 'refused', reason, message, meaning, remedy, ...more }, () =>
        [
          `refused: ${reason}`,
          `  ${message}`,
          ...(message === meaning ? [] : [`  ${meaning}`]),
          `  ${remedy}`,
          ...tail,
        ].join('\n'),
      );
    };
    let evidence: Evidence;
    try {
      evidence = detect(await bytesOf(file));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { code: reason, message } = error;
      this.process.exitCode = exitCodes.usage.value;
      print(
        this,
        json === true,
        { verdict: 'refused', reason, message },
        () => `not evidence: ${message} (${reason})`,
      );
      return;
    }
    const endorsements = path === undefined ? {} : await endorsementsAt(path, evidence, time);
    const verified = await verify(evidence, endorsements, { at: time, roots });
    if (verified.verdict === 'refused')
      return refuse(verified.reason, verified.message, { verified: false }, []);
    const more = {
      verified: true,
      kind: verified.kind,
      claims: verified.claims,
      ...('tcb' in verified && { tcb: verified.tcb }),
    };
    try {
      const appraisal = appraise(verified, policy);
      if (appraisal.verdict === 'refused') {
        return refuse(appraisal.reason, appraisal.message, more, [
          '  Genuine evidence, which the policy does not accept:',
          ...summary(verified),
        ]);
      }
    } catch (error) {
      if (error instanceof PolicyError) throw usage(error.message);
      throw error;
    }
    print(this, json === true, { verdict: 'accepted', ...more }, () =>
      ['accepted', ...summary(verified)].join('\n'),
    );
  },
});

const conformanceCommand = buildCommand<flag.Json, [string], Context>({
  docs: {
    brief: 'Run a folder of test vectors',
    fullDescription: `The folder has an index.json of the format attestation-vectors/1 (docs/attestation/conformance.md). One line a vector,
then "N passed, N failed". Exit code 0 only if all pass.

${flag.examples('gaiwan evidence conformance vectors/', 'gaiwan evidence conformance vectors/ --json')}`,
  },
  parameters: { flags: { json: flag.jsonFlag }, positional: flag.positional('DIR') },
  async func({ json }, folder) {
    const { runConformance } = await import('@gaiwan/attestation-kit/conformance');
    const { VerificationCache, Refusal } = await import('@gaiwan/attestation');
    const read = async (path: string) => new Uint8Array(await readFile(join(folder, path)));
    let [passed, failed] = [0, 0];
    try {
      for await (const line of runConformance({ read, now: Date.now(), cache: new VerificationCache() })) {
        const { differences, ...result } = line;
        if (line.ok) passed++;
        else failed++;
        const status = [line.verdict, line.reason, line.tcbStatus].filter((part) => part !== null).join(', ');
        const text = () =>
          `${line.ok ? 'ok  ' : 'FAIL'}  ${line.id}  ${status}${differences.map((what) => `\n        ${what}`).join('')}`;
        print(this, json === true, line.ok ? result : { ...result, differences }, text);
      }
    } catch (error) {
      if (error instanceof Refusal) throw usage(error.message);
      throw error;
    }
    this.process.stdout.write(`${passed} passed, ${failed} failed\n`);
    if (failed > 0 || passed === 0) this.process.exitCode = exitCodes.refused.value;
    if (passed + failed === 0) note(this, 'The folder has no vectors.');
  },
});

export const evidence = buildRouteMap({
  routes: { inspect: inspectCommand, verify: verifyCommand, conformance: conformanceCommand },
  docs: { brief: 'Look at attestation evidence, verify it, test verifiers' },
});

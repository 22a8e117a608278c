/** Vectors in the format of swtpm captures: one JSON file each, expectations in words. */

import {
  appraise,
  type Context,
  contextOf,
  makeCredential,
  parseTpmPublic,
  type Reason,
  Refusal,
  verify,
  verifyEk,
  verifyNvCertify,
} from '@gaiwan/attestation';
import { equal, fromBase64, fromHex, text, toHex } from '@gaiwan/attestation/bytes';
import { isObject, parseJsonObject } from '@gaiwan/attestation/json';
import { sealCredential } from '@gaiwan/attestation/steps';
import { checkedPath, type Line, type ReadFile } from './format.ts';
import { asPcrValues } from './inputs.ts';

type Json = Readonly<Record<string, unknown>>;

interface Suite {
  readonly ca: { readonly root: string; readonly intermediate: string };
  readonly vectors: readonly {
    readonly name: string;
    readonly kind: string;
    readonly file: string;
    readonly expect: string;
  }[];
}

/** Whether an index is of a folder of swtpm captures. */
export function isTpmIndex(index: Json): index is Json & Suite {
  const { ca, vectors } = index;
  const keys = ['name', 'kind', 'file', 'expect'];
  return (
    isObject(ca) &&
    Array.isArray(vectors) &&
    vectors.every((vector) => isObject(vector) && keys.every((key) => typeof vector[key] === 'string'))
  );
}

/** What the words of an expectation begin with, and the reason they stand for. */
const rejections: readonly (readonly [string, Reason])[] = [
  ['reject: signature', 'tpm-signature'],
  ['reject: nonce', 'nonce-mismatch'],
  ['reject: pcr digest', 'pcr-digest-mismatch'],
  ['reject: AK attributes', 'policy-key'],
  ['reject: AK not bound', 'key-binding'],
  ['reject: weak bank', 'weak-hash'],
];

const expectedReason = (words: string): Reason | null =>
  rejections.find(([beginning]) => words.startsWith(beginning))?.[1] ?? null;

function stringAt(json: Json, name: string): string {
  const value = json[name];
  if (typeof value !== 'string') throw new Refusal('malformed', `The vector lacks "${name}".`);
  return value;
}

const hexAt = (json: Json, name: string): Uint8Array => fromHex(stringAt(json, name));

/** What differs from the expectations of a vector, for people. Evidence that is refused throws `Refusal` instead. */
type Differences = readonly string[];

/** Of each pair, what it says where its condition does not hold. */
const differencesOf = (...checks: readonly (readonly [holds: boolean, what: string])[]): Differences =>
  checks.filter(([holds]) => !holds).map(([, what]) => what);

async function checkQuote(json: Json, context: Context): Promise<Differences> {
  const log = json['eventLog_base64'];
  const primary = typeof json['akParent'] === 'string' && json['akParent'].includes('ENDORSEMENT');
  const bank = typeof json['pcrBank'] === 'string' ? json['pcrBank'] : 'sha256';
  const pcrs = asPcrValues({ [bank]: json['pcrs'] });
  const result = await verify(
    {
      kind: 'tpm',
      attest: hexAt(json, 'attest_TPMS_ATTEST'),
      signature: hexAt(json, 'signature_TPMT_SIGNATURE'),
      akPublic: hexAt(json, 'akPublic_TPMT_PUBLIC'),
      pcrs,
      ...(typeof log === 'string' && { eventLog: fromBase64(log) }),
    },
    primary ? { hierarchy: 'endorsement' } : {},
    context,
  );
  if (result.verdict === 'refused') throw new Refusal(result.reason, result.message);
  const nonce = stringAt(json, typeof json['nonce'] === 'string' ? 'nonce' : 'expectedQualifyingData');
  const appraisal = appraise(result, { anyMeasurement: true, nonce, keyTrust: ['none'] });
  if (appraisal.verdict === 'refused') throw new Refusal(appraisal.reason, appraisal.message);
  const expected = Object.entries(isObject(json['expected']) ? json['expected'] : {});
  return differencesOf(
    ...expected.map(([name, value]) => {
      const pcr = pcrs[bank]?.[name.replace('pcr', '')];
      return [pcr === value, `${name} is ${String(pcr)}`] as const;
    }),
  );
}

async function checkEk(json: Json, issuers: Uint8Array, context: Context): Promise<Differences> {
  for (const kind of ['Rsa', 'Ecc']) {
    const certificate = fromBase64(stringAt(json, `ek${kind}Cert_DER_base64`));
    await verifyEk(certificate, hexAt(json, `ek${kind}Public_TPMT_PUBLIC`), issuers, context);
  }
  return [];
}

async function checkCredential(json: Json): Promise<Differences> {
  const known = json['deterministic'];
  if (!isObject(known)) throw new Refusal('malformed', 'The vector lacks "deterministic".');
  const publicArea = parseTpmPublic(hexAt(json, 'ekPublic_TPMT_PUBLIC'));
  const [name, secret] = [hexAt(json, 'akName'), hexAt(json, 'secret')];
  const blob = await sealCredential(publicArea, name, secret, hexAt(known, 'seed'));
  const wanted = `0020${stringAt(known, 'integrityHMAC')}${stringAt(known, 'encIdentity')}`;
  const challenge = await makeCredential(publicArea, name, secret);
  return differencesOf(
    [toHex(blob) === wanted, 'the credential differs'],
    [challenge.encryptedSecret.length === 256, 'the encrypted seed is not of the size of the EK'],
  );
}

async function checkNv(json: Json, context: Context): Promise<Differences> {
  const sequence = json['sequence'];
  if (!Array.isArray(sequence)) throw new Refusal('malformed', 'The vector lacks "sequence".');
  const differences: string[] = [];
  for (const step of sequence.filter(isObject)) {
    const found = await verifyNvCertify(
      {
        attest: hexAt(step, 'attest_TPMS_ATTEST'),
        signature: hexAt(step, 'signature_TPMT_SIGNATURE'),
        akPublic: hexAt(json, 'akPublic_TPMT_PUBLIC'),
        nvPublic: hexAt(json, 'nvPublic_TPMS_NV_PUBLIC'),
      },
      context,
    );
    const { value } = step;
    differences.push(
      ...differencesOf(
        [typeof value === 'number' && found.counter === BigInt(value), `the counter is ${found.counter}`],
        [equal(fromHex(found.nonce), hexAt(step, 'nonce')), 'the nonce differs'],
        [found.name === json['nvName'], 'the name differs'],
      ),
    );
  }
  return differences;
}

async function checkVector(
  kind: string,
  json: Json,
  issuers: Uint8Array,
  context: Context,
): Promise<Differences> {
  if (kind === 'ek') return checkEk(json, issuers, context);
  if (kind === 'makecredential') return checkCredential(json);
  if (kind === 'nvcertify') return checkNv(json, context);
  return checkQuote(json, context);
}

/** Lines of such a folder. */
export async function* tpmLines(
  suite: Suite,
  options: { readonly read: ReadFile; readonly now: number; readonly crypto?: Context['crypto'] },
): AsyncGenerator<Line, void, void> {
  const [root, issuers] = await Promise.all([
    options.read(checkedPath(suite.ca.root)),
    options.read(checkedPath(suite.ca.intermediate)),
  ]);
  const context = contextOf({
    at: options.now,
    roots: { tpm: [root] },
    ...(options.crypto && { crypto: options.crypto }),
  });
  for (const { name, kind, file, expect } of suite.vectors) {
    let reason: Reason | null = null;
    const found: string[] = [];
    try {
      const json = parseJsonObject(text(await options.read(checkedPath(file))));
      found.push(...(await checkVector(kind, json, issuers, context)));
    } catch (error) {
      if (error instanceof Refusal) reason = error.code;
      else found.push(error instanceof Error ? error.message : String(error));
    }
    const wanted = expectedReason(expect);
    if (wanted !== reason) found.push(`expected ${wanted ?? 'no refusal'}, found ${reason ?? 'none'}`);
    yield {
      id: name,
      kind: `tpm-${kind}`,
      verdict: reason === null ? 'valid' : 'invalid',
      reason,
      tcbStatus: null,
      claimsOk: found.length === 0,
      ok: found.length === 0,
      differences: found,
    };
  }
}

/** What the TypeScript SDK makes, for the Python SDK to read and to make likewise. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DcapEndorsements, verify } from '@gaiwan/attestation';
import { FAKE_FROM, FAKE_NOW, FAKE_TO, fakeIntel, makeCrl, pem } from '@gaiwan/attestation-kit/machines';
import { fileCommitment } from '@gaiwan/client';
import type { FileKey } from '@gaiwan/files';
import { encryptFile } from '@gaiwan/files/node';
import { signedMethods, statementBytes } from '@gaiwan/protocol';
import { ArgumentsTextError, argumentsText, readArguments } from '@gaiwan/protocol/arguments';
import { manifestBytes } from '../../../packages/protocol/src/manifest.ts';
import { sampleManifest } from '../../../packages/protocol/src/testing/manifests.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

/** Writes `vectors.json` and encrypted files into the folder. */
export async function writeVectors(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const vectors = {
    statements: statements(),
    arguments: argumentTexts(),
    commitments: commitments(),
    manifest: hex(manifestBytes(sampleManifest)),
    signedMethods,
    files: await files(folder),
    evidence: await evidence(),
  };
  writeFileSync(join(folder, 'vectors.json'), JSON.stringify(vectors));
}

function statements() {
  const sample = {
    instance: 'ab'.repeat(32),
    subject: 'bank#c29tZSByYW5kb20x',
    action: 'InvokeTask',
    object: 'task-1',
    digest: 'cd'.repeat(32),
    nonce: 'ef'.repeat(16),
    time: 1764441457123,
  };
  const objects = [
    '',
    'task-1',
    'a "quoted" \\ name',
    'umlaut ä, emoji 😀',
    'control \u0001\n\t\u007f\u2028',
  ];
  return objects.map((object) => {
    const statement = { ...sample, object };
    return { statement, bytes: hex(statementBytes(statement)) };
  });
}

/** Texts, each with its canonical form, or null where it is refused. */
function argumentTexts() {
  const numbers =
    '0 -0 1 -1 1.0 1.5 -0.0 1e5 1E+2 1e16 1e15 123456789012345678 18446744073709551615 18446744073709551616 -9223372036854775808 -9223372036854775809 0.1 0.00001 0.0001 1e-5 1e-7 5e-324 1e400 1e-400 1.7976931348623157e308 123.456e-2 100000000000000000000.0 12345678901234567890.5 01 1. .5 +1 NaN Infinity';
  const texts = [
    ...numbers.split(' ').map((number) => `{"n": ${number}}`),
    '{}',
    ' { "b" : [1, 2.50, {"z":null,"a":true}], "a" : "x" } ',
    '{"\\ud83d\\ude00": 1, "\\uffff": 2, "z": 3}',
    '{"half": "\\ud800"}',
    '{"a": "\\u0007\\u001f\\b\\f\\n\\r\\t\\"\\\\/\\u007f\\u2028"}',
    '{"a": 1, "a": 2}',
    '[1]',
    '"text"',
    '{"a": 1} x',
    '{"a": 1,}',
    '',
    `{"deep": ${'['.repeat(30)}${']'.repeat(30)}}`,
    `{"deep": ${'['.repeat(40)}${']'.repeat(40)}}`,
  ];
  return texts.map((text) => ({ text, canonical: canonical(text) }));
}

function canonical(text: string): string | null {
  try {
    return argumentsText(readArguments(text));
  } catch (error) {
    if (error instanceof ArgumentsTextError) return null;
    throw error;
  }
}

const keys: readonly FileKey[] = [
  { scheme: 'aes-gcm-128', key: new Uint8Array(16).fill(1), iv: new Uint8Array(12).fill(2) },
  { scheme: 'aes-gcm-256', key: new Uint8Array(32).fill(3), iv: new Uint8Array(12).fill(4) },
  { scheme: 'teaclave-file-128', key: new Uint8Array(16).fill(5) },
];
const told = ({ scheme, key, iv }: FileKey) => ({ scheme, key: hex(key), iv: hex(iv ?? new Uint8Array()) });

function commitments() {
  const urls = ['blob://gaiwan/1/a.csv', 'https://example.org/ä', 'data:text/plain;base64,aGVsbG8='];
  return keys.flatMap((key) =>
    urls.map((url) => ({ url, key: told(key), commitment: fileCommitment({ url, key }) })),
  );
}

/** Sizes at which something begins: a node, a tree node, a second level of them. */
const sizes = [0, 1, 3071, 3072, 3073, 7168, 400_000, 396_289, 14_000_000];

async function files(folder: string) {
  const found = [];
  for (const key of keys)
    for (const size of sizes) {
      const name = `${key.scheme}-${size}`;
      const plain = new Uint8Array(size).map((_, at) => (at * 31 + (at >> 8)) & 255);
      writeFileSync(join(folder, `${name}.plain`), plain);
      const { tag } = await encryptFile(join(folder, `${name}.plain`), join(folder, name), { key, name });
      const sha256 = createHash('sha256').update(plain).digest('hex');
      found.push({ name, size, key: told(key), tag: hex(tag), sha256 });
    }
  return found;
}

/** Quotes of a machine of Intel's shape, and what our verifier says about each. */
async function evidence() {
  const intel = await fakeIntel();
  const stranger = await fakeIntel();
  const roots = { intel: [intel.root.der] };
  const cases: (readonly [name: string, quote: Uint8Array, endorsements: DcapEndorsements, at?: number])[] =
    [];
  for (const tee of ['sgx', 'tdx'] as const) {
    const good = await intel.endorsements(tee);
    const quote = await intel.quote({ tee });
    const { pckCa, pck, root, tcbSigner, keys: own } = intel;
    const validity = { from: FAKE_FROM, to: FAKE_TO };
    const revoked = (issuer: typeof root, certificate: typeof root) =>
      makeCrl({ issuer, ...validity, revoked: [certificate.serial] });
    cases.push(
      [`${tee}: good`, quote, good],
      [`${tee}: too early`, quote, good, 0],
      [`${tee}: too late`, quote, good, Date.parse('2100-01-01')],
      [
        `${tee}: debug`,
        await intel.quote({
          tee,
          attributes: tee === 'sgx' ? '0700000000000000e700000000000000' : '0100001000000000',
        }),
        good,
      ],
      [`${tee}: of another machine`, await stranger.quote({ tee }), good],
      [`${tee}: another QE`, await intel.quote({ tee, qeMrSigner: '11'.repeat(32) }), good],
      [`${tee}: an old QE`, await intel.quote({ tee, qeIsvSvn: 0 }), good],
      [`${tee}: another signer`, await intel.quote({ tee, signer: stranger.attestationKey }), good],
      [`${tee}: PCK revoked`, quote, { ...good, pckCrl: await revoked(pckCa, pck) }],
      [`${tee}: PCK CA revoked`, quote, { ...good, rootCrl: await revoked(root, pckCa) }],
      [`${tee}: TCB signer revoked`, quote, { ...good, rootCrl: await revoked(root, tcbSigner) }],
      [
        `${tee}: TCB Info of the other TEE`,
        quote,
        { ...good, tcbInfo: await intel.tcbInfo(tee === 'sgx' ? 'tdx' : 'sgx') },
      ],
      [
        `${tee}: TCB Info signed by the PCK`,
        quote,
        { ...good, tcbInfo: await intel.tcbInfo(tee, {}, own.pck) },
      ],
      [
        `${tee}: TCB Info of another FMSPC`,
        quote,
        { ...good, tcbInfo: await intel.tcbInfo(tee, { fmspc: '000000000000' }) },
      ],
      [`${tee}: no TCB levels`, quote, { ...good, tcbInfo: await intel.tcbInfo(tee, { tcbLevels: [] }) }],
      [
        `${tee}: QE Identity expired`,
        quote,
        {
          ...good,
          qeIdentity: await intel.qeIdentity(tee, {
            nextUpdate: new Date(FAKE_NOW - 1000).toISOString().replace(/\.\d+/, ''),
          }),
        },
      ],
      [
        `${tee}: QE Identity of the other`,
        quote,
        { ...good, qeIdentity: await intel.qeIdentity(tee === 'sgx' ? 'tdx' : 'sgx') },
      ],
    );
    for (const part of ['tcbInfo', 'qeIdentity', 'tcbSigningChain', 'pckCrl', 'rootCrl'] as const) {
      const { [part]: _left, ...rest } = good;
      cases.push([`${tee}: without ${part}`, quote, rest]);
    }
  }
  const tdx = await intel.endorsements('tdx');
  cases.push(
    ['TD 1.5', await intel.quote({ tee: 'tdx', version: 5 }), tdx],
    [
      'TD 1.5 with a service TD',
      await intel.quote({ tee: 'tdx', version: 5, mrServiceTd: '22'.repeat(48) }),
      tdx,
    ],
    ['another module', await intel.quote({ tee: 'tdx', mrSignerSeam: '33'.repeat(48) }), tdx],
    [
      'a module of an unknown generation',
      await intel.quote({ tee: 'tdx', teeTcbSvn: `05${'09'}${'00'.repeat(14)}` }),
      tdx,
    ],
    [
      'chain in another order',
      await intel.quote({ certificationData: pem(intel.root.der, intel.pck.der, intel.pckCa.der) }),
      tdx,
    ],
  );
  const told = [];
  for (const [name, quote, endorsements, at = FAKE_NOW] of cases) {
    const verdict = await verify({ kind: 'dcap', quote }, endorsements, { at, roots });
    told.push({
      name,
      quote: base64(quote),
      endorsements: Object.fromEntries(
        Object.entries(endorsements).map(([part, bytes]) => [part, base64(bytes as Uint8Array)]),
      ),
      at,
      reason: verdict.verdict === 'refused' ? verdict.reason : null,
      status:
        verdict.verdict !== 'refused' && (verdict.kind === 'sgx' || verdict.kind === 'tdx')
          ? verdict.tcb.tcbStatus
          : null,
    });
  }
  return { root: base64(intel.root.der), cases: told };
}

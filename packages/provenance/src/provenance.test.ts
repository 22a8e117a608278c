import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type BuildRule,
  ProvenanceError,
  readTrustedRoots,
  requireBuild,
  verifyProvenance,
} from './index.ts';
import { type TestBuild, type TestSigstore, testSigstore } from './testing/sigstore.ts';
import type { TrustedRoots } from './trusted-root.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const CODE = sha256('def main(): pass');

let sigstore: TestSigstore;
let roots: TrustedRoots;
let bundle: Uint8Array;

beforeAll(async () => {
  sigstore = await testSigstore();
  roots = readTrustedRoots(sigstore.trustedRoot);
  bundle = await sigstore.attest(CODE);
});

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof ProvenanceError) return error.code;
    throw error;
  }
  return 'accepted';
};

type Members = Record<string, unknown>;

/** The bundle with another value at a path; undefined takes the member away. */
function bundleWith(path: string, value: unknown): Uint8Array {
  const whole = JSON.parse(Buffer.from(bundle).toString()) as Members;
  const names = path.split('.');
  const last = names.pop() ?? '';
  const parent = names.reduce((members, name) => members[name] as Members, whole);
  parent[last] = value;
  return Buffer.from(JSON.stringify(whole));
}

describe('a build’s bundle', () => {
  it('says who built the code', () => {
    expect(verifyProvenance(bundle, CODE, roots)).toEqual({
      repository: 'https://github.com/example/average',
      workflow: '.github/workflows/release.yml',
      ref: 'refs/tags/v1.0.0',
      commit: '5b1f0e6ddf9b1b1a3a7c1c55b6f0d2d2f2a9c0de',
      signer: 'https://github.com/example/average/.github/workflows/release.yml@refs/tags/v1.0.0',
      runner: 'github-hosted',
    });
  });

  it('is held to the code', () => {
    expect(() => verifyProvenance(bundle, sha256('other'), roots)).toThrow(
      `The provenance is about code with the SHA-256 ${CODE}, and this code has ${sha256('other')}.`,
    );
  });

  it('counts by one of several roots', async () => {
    const other = await testSigstore();
    const both = Buffer.concat([other.trustedRoot, Buffer.from('\n'), sigstore.trustedRoot]);
    expect(codeOf(() => verifyProvenance(bundle, CODE, readTrustedRoots(both)))).toBe('accepted');
    expect(codeOf(() => verifyProvenance(bundle, CODE, readTrustedRoots(other.trustedRoot)))).toBe(
      'not-verified',
    );
  });

  it.each<[string, Partial<TestBuild>, string]>([
    ['a person’s certificate', { issuer: 'https://accounts.google.com' }, 'unknown-builder'],
    ['no commit', { commit: '' }, 'unknown-builder'],
    ['an SBOM', { predicateType: 'https://cyclonedx.org/bom' }, 'not-provenance'],
  ])('is refused with %s', async (_, build, code) => {
    const other = await sigstore.attest(CODE, build);
    expect(codeOf(() => verifyProvenance(other, CODE, roots))).toBe(code);
  });

  it('is refused where its workflow is of another repository than it names', async () => {
    const borrowed = await sigstore.attest(CODE, { workflow: '../../evil/x/.github/workflows/release.yml' });
    const build = verifyProvenance(borrowed, CODE, roots);
    expect(
      codeOf(() =>
        requireBuild(build, { repository: build.repository, workflow: '.github/workflows/release.yml' }),
      ),
    ).toBe('other-build');
  });

  const LOGGED = 'verificationMaterial.tlogEntries';
  const statement = Buffer.from('{"_type":"https://in-toto.io/Statement/v1"}').toString('base64');

  it.each<[string, string, unknown, string]>([
    ['another signature', 'dsseEnvelope.signatures.0.sig', 'MEUCIQ==', 'not-verified'],
    ['no signature', 'dsseEnvelope.signatures', [], 'not-a-bundle'],
    ['another statement', 'dsseEnvelope.payload', statement, 'not-verified'],
    ['another type', 'dsseEnvelope.payloadType', 'text/plain', 'not-verified'],
    ['no log entry', LOGGED, [], 'not-verified'],
    ['another time', `${LOGGED}.0.integratedTime`, '1600000000', 'not-verified'],
    ['another entry', `${LOGGED}.0.canonicalizedBody`, statement, 'not-verified'],
    ['no certificate', 'verificationMaterial.certificate', undefined, 'not-a-bundle'],
    ['no envelope', 'dsseEnvelope', undefined, 'not-a-bundle'],
  ])('is refused with %s', (_, path, value, code) => {
    expect(codeOf(() => verifyProvenance(bundleWith(path, value), CODE, roots))).toBe(code);
  });

  it('is refused where a bare key has signed it', () => {
    const keyed = JSON.parse(Buffer.from(bundle).toString()) as { verificationMaterial: Members };
    const { certificate: _, ...material } = keyed.verificationMaterial;
    const by = { ...keyed, verificationMaterial: { ...material, publicKey: { hint: 'x' } } };
    const bytes = Buffer.from(JSON.stringify(by));
    expect(codeOf(() => verifyProvenance(bytes, CODE, roots))).toBe('unknown-builder');
  });

  it('is one JSON value of a bounded size', () => {
    const text = Buffer.from(bundle);
    expect(codeOf(() => verifyProvenance(Buffer.concat([text, Buffer.from('\n'), text]), CODE, roots))).toBe(
      'not-a-bundle',
    );
    expect(codeOf(() => verifyProvenance(new Uint8Array(1_048_577), CODE, roots))).toBe('not-a-bundle');
    expect(codeOf(() => verifyProvenance(Buffer.from('[]'), CODE, roots))).toBe('not-a-bundle');
  });

  it('is refused by a code whatever byte of it is changed, or is still about this code', () => {
    fc.assert(
      fc.property(fc.nat(bundle.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const changed = Uint8Array.from(bundle);
        changed[at] = (changed[at] ?? 0) ^ by;
        codeOf(() => {
          expect(verifyProvenance(changed, CODE, roots).repository).toBe(
            'https://github.com/example/average',
          );
        });
      }),
      { numRuns: 400 },
    );
  });
});

describe('a rule', () => {
  const rule: BuildRule = {
    repository: 'https://github.com/example/average',
    workflow: '.github/workflows/release.yml',
  };

  it.each<[string, Partial<TestBuild>, BuildRule, string]>([
    ['any build of a repository by a workflow', { ref: 'refs/heads/x' }, rule, 'accepted'],
    ['its tags', {}, { ...rule, ref: 'refs/tags/*' }, 'accepted'],
    ['one tag', {}, { ...rule, ref: 'refs/tags/v1.0.0' }, 'accepted'],
    ['another repository', { repository: 'https://github.com/example/average2' }, rule, 'other-build'],
    ['another workflow', { workflow: '.github/workflows/test.yml' }, rule, 'other-build'],
    ['no tag', { ref: 'refs/heads/main' }, { ...rule, ref: 'refs/tags/*' }, 'other-build'],
    ['a longer tag', { ref: 'refs/tags/v1.0.00' }, { ...rule, ref: 'refs/tags/v1.0.0' }, 'other-build'],
  ])('%s', async (_, build, wanted, code) => {
    const built = verifyProvenance(await sigstore.attest(CODE, build), CODE, roots);
    expect(codeOf(() => requireBuild(built, wanted))).toBe(code);
  });
});

describe('trusted roots', () => {
  it.each([
    ['nothing', ''],
    ['no JSON', 'x'],
    ['a list', '[]'],
    ['no authority', '{}'],
    ['nine', Array(9).fill('{}').join('\n')],
    [
      'a broken certificate',
      '{"certificateAuthorities":[{"certChain":{"certificates":[{"rawBytes":"AAAA"}]}}]}',
    ],
  ])('%s is refused', (_, text) => {
    expect(codeOf(() => readTrustedRoots(Buffer.from(text)))).toBe('not-a-trusted-root');
  });

  it('any bytes are read or refused', () => {
    fc.assert(
      fc.property(fc.nat(sigstore.trustedRoot.length - 1), fc.nat(255), (at, byte) => {
        const changed = Uint8Array.from(sigstore.trustedRoot);
        changed[at] = byte;
        codeOf(() => verifyProvenance(bundle, CODE, readTrustedRoots(changed)));
      }),
      { numRuns: 300 },
    );
  });
});

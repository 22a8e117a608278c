import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { visible } from '@gaiwan/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CliError } from '../errors.ts';
import { type BundleBody, bundleText, makeBundle, parseBundle, signBundle, signersOf } from './bundle.ts';
import { checkDescribed } from './reference.ts';
import { bundleChanges, describeBundle } from './words.ts';

const files = `${'1'.repeat(64)}  @gaiwan/cli@0.1.0/bin/gaiwan.js\n`;
const body: BundleBody = {
  name: 'tea-house',
  serial: 3,
  authentication: 'https://tea.example:7776',
  frontend: 'https://tea.example:7777',
  policy: { measurements: [{ mrTd: 'ab'.repeat(48) }] },
  release: { configuration: { node: 'v24.21.0', allowUrls: [] }, files },
};
const read = (value: object) =>
  parseBundle(Buffer.from(bundleText(makeBundle(value as BundleBody))), 'b.json');
const bad = expect.objectContaining({ code: 'bad-bundle' });

describe('a bundle', () => {
  it('is read as it was written', () => {
    const made = makeBundle(body);
    expect(read(body)).toEqual({ ...made, body: expect.objectContaining(body) });
    expect(made.fingerprint).toBe(createHash('sha256').update(JSON.stringify(body)).digest('hex'));
  });

  it.each([
    ['no name', { name: '../x' }],
    ['no number', { serial: 0 }],
    ['half a number', { serial: 1.5 }],
    ['an address without TLS', { frontend: 'http://tea.example' }],
    ['an instance that is none', { instance: 'ab' }],
    ['no reference values', { policy: undefined }],
    ['any program', { policy: { anyMeasurement: true } }],
    ['a policy with an unknown field', { policy: { measurement: [] } }],
    ['an enclave info without auditors', { enclaveInfo: 'AAAA' }],
    ['more auditors needed than there are', { auditors: { keys: ['k'], needed: 2 } }],
    ['nobody needed', { auditors: { keys: ['k'], needed: 0 } }],
    [
      'a PCCS beside a simulated machine',
      { pccs: 'https://p', simulation: { root: 'AAAA', endorsements: {} } },
    ],
    ['bytes that are not base64', { simulation: { root: '***', endorsements: {} } }],
    ['a folder on somebody else’s machine', { endorsements: '/etc' }],
    ['no description', { release: undefined }],
  ])('with %s is refused', (_what, more) => {
    expect(() => read({ ...body, ...more })).toThrow(bad);
  });

  it('that nests without an end, or is too large, is refused', () => {
    const deep = `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`;
    const text = JSON.stringify(body).replace('"allowUrls":[]', `"deep":${deep}`);
    const envelope = JSON.stringify({ format: 'gaiwan-trust/1', body: text, signatures: [] });
    expect(() => parseBundle(Buffer.from(envelope), 'b.json')).toThrow(bad);
    expect(() => parseBundle(Buffer.alloc((16 << 20) + 1, 0x20), 'b.json')).toThrow(bad);
  });

  it('of any bytes is refused by nothing but its own error (fuzz)', () => {
    const base = Buffer.from(bundleText(makeBundle(body)));
    const mutated = fc
      .array(fc.tuple(fc.nat(base.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 })
      .map((changes) => {
        const copy = Buffer.from(base);
        for (const [place, byte] of changes) copy[place] = byte;
        return copy;
      });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), (bytes) => {
        try {
          parseBundle(bytes, 'b.json');
        } catch (error) {
          expect(error).toBeInstanceOf(CliError);
        }
      }),
      { numRuns: 1500 },
    );
    // And so is each shape of what is within.
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(body)), fc.jsonValue(), (key, value) => {
        try {
          read({ ...body, [key]: value });
        } catch (error) {
          expect(error).toEqual(bad);
        }
      }),
      { numRuns: 1500 },
    );
  });
});

describe('signatures', () => {
  const pairs = [0, 1].map(() => generateKeyPairSync('ed25519')) as [Pair, Pair];
  type Pair = { publicKey: KeyObject; privateKey: KeyObject };
  const pem = ({ publicKey }: Pair) => publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const secret = ({ privateKey }: Pair) => privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const [anna, bert] = pairs;

  it('count by key, each once, and strangers’ beside them count for nobody', async () => {
    const twice = await signBundle(await signBundle(makeBundle(body), secret(anna)), secret(anna));
    expect(twice.signatures).toHaveLength(1);
    expect(await signersOf(twice, [pem(anna), pem(anna), pem(bert)])).toHaveLength(1);
    const both = await signBundle(twice, secret(bert));
    expect(await signersOf(both, [pem(anna), pem(bert)])).toHaveLength(2);
    expect(await signersOf(both, [pem(bert)])).toHaveLength(1);
  });

  it('are over this body, and none over an enclave info is one', async () => {
    const signed = await signBundle(makeBundle(body), secret(anna));
    const other = { ...makeBundle({ ...body, serial: 4 }), signatures: signed.signatures };
    expect(await signersOf(other, [pem(anna)])).toEqual([]);
    const { signEnclaveInfo } = await import('@gaiwan/trust');
    const plain = makeBundle(body);
    const stolen = { ...plain, signatures: [signEnclaveInfo(Buffer.from(plain.text), secret(anna))] };
    expect(await signersOf(stolen, [pem(anna)])).toEqual([]);
  });
});

describe('what a bundle describes', () => {
  it('is the configuration that it accepts', async () => {
    await expect(checkDescribed(read(body).body, 'b.json')).resolves.toMatchObject({
      policy: { configurations: [expect.stringMatching(/^[0-9a-f]{64}$/)] },
    });
    const other = { ...body, policy: { ...body.policy, configurations: ['0'.repeat(64)] } };
    await expect(checkDescribed(read(other).body, 'b.json')).rejects.toMatchObject({ code: 'bad-bundle' });
    const nobody = { ...body, policy: { measurements: [] } };
    await expect(checkDescribed(read(nobody).body, 'b.json')).rejects.toMatchObject({ code: 'bad-bundle' });
  });

  it('on a simulated machine is the program that it accepts, in every set of registers', async () => {
    const { simulatedRegisters } = await import('@gaiwan/trust');
    const { digestsOf } = await import('./reference.ts');
    const own = { ...simulatedRegisters(await digestsOf(body)) };
    const simulation = { root: 'AAAA', endorsements: {} };
    const accepting = (...measurements: readonly Readonly<Record<string, string>>[]) =>
      checkDescribed({ ...body, simulation, policy: { measurements } }, 'b.json');
    await expect(accepting(own)).resolves.toBeDefined();
    for (const others of [
      [own, { ...own, mrTd: 'cd'.repeat(48) }],
      [{ ...own, rtmr3: 'cd'.repeat(48) }],
      [{ rtmr3: own.rtmr3 }],
    ])
      await expect(accepting(...others)).rejects.toMatchObject({ code: 'bad-bundle' });
  });

  it('is told in lines that nobody can break', async () => {
    const forged = read({ ...body, frontend: 'https://a/#\u001b[2K\nfingerprint    00' });
    for (const line of await describeBundle(forged)) expect(visible(line)).toBe(line);
    const next = {
      ...body,
      instance: 'cd'.repeat(32),
      policy: { ...body.policy, allowDebug: true },
      release: { files: files.replace('1', '2'), configuration: { node: 'v24.21.0', allowUrls: ['a\nb'] } },
    };
    expect(await bundleChanges(body, next)).toEqual([
      `INSTANCE: none before, ${'cd'.repeat(32)} now`,
      'policy allowDebug: not given before, true now',
      'option --allow-url: adds a\\u{a}b',
      'program @gaiwan/cli 0.1.0: changed bin/gaiwan.js',
    ]);
    // The same words for other registers.
    const measured = { ...body, policy: { measurements: [{ mrTd: 'cd'.repeat(48) }] } };
    expect(await bundleChanges(body, measured)).toEqual([expect.stringMatching(/^MEASUREMENTS/)]);
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.ts';
import { limits } from './limits.ts';
import { manifestBytes, parseManifest, type TaskManifest } from './manifest.ts';
import { ManifestError } from './manifest-error.ts';
import { manifestArbitrary, sampleManifest } from './testing/manifests.ts';

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const refused = (code: string) => expect.objectContaining({ name: 'ManifestError', code });
const sample = sampleManifest;

/** The manifest with other members, in canonical bytes whatever they say. */
const changed = (change: object) => encode(canonicalJson({ ...sample, ...change }));

describe('a manifest', () => {
  it('is what its bytes say', () => {
    expect(parseManifest(manifestBytes(sample))).toEqual(sample);
  });

  it('of any kind is read again, from one text only', () => {
    fc.assert(
      fc.property(manifestArbitrary, (manifest) => {
        const bytes = manifestBytes(manifest);
        expect(parseManifest(bytes)).toEqual(manifest);
        expect(() => parseManifest(encode(JSON.stringify(JSON.parse(decode(bytes)), null, 1)))).toThrow(
          refused('not-canonical'),
        );
      }),
    );
  });

  it.each([
    ['blanks', encode(JSON.stringify(sample, null, 1)), 'not-canonical'],
    [
      'a member given twice',
      encode(decode(manifestBytes(sample)).replace('{', '{"arguments":"{}",')),
      'not-canonical',
    ],
    [
      'a number in another spelling',
      encode(decode(manifestBytes(sample)).replace('"files":10', '"files":1e1')),
      'not-canonical',
    ],
    [
      'an escape that is not needed',
      encode(decode(manifestBytes(sample)).replace('analyst', '\\u0061nalyst')),
      'not-canonical',
    ],
    ['a byte order mark', encode(`\ufeff${decode(manifestBytes(sample))}`), 'not-json'],
    ['a zero behind it', encode(`${decode(manifestBytes(sample))}\0`), 'not-json'],
    ['no JSON', encode('hello'), 'not-json'],
    ['bytes that are no UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 'not-json'],
    ['deep nesting', encode('['.repeat(100_000)), 'not-json'],
    ['deep nesting that ends', encode('['.repeat(100_000) + ']'.repeat(100_000)), 'unknown-format'],
    ['null', encode('null'), 'unknown-format'],
    ['the former format', changed({ format: 'gaiwan-task-manifest/3' }), 'unknown-format'],
    ['more bytes than any has', new Uint8Array(limits.manifest.value + 1), 'too-large'],
    ['an unknown member', changed({ more: 1 }), 'bad-form'],
    [
      'a member of the prototype',
      encode(`{"__proto__":{},${decode(manifestBytes(sample)).slice(1)}`),
      'bad-form',
    ],
    ['an unknown member of its function', changed({ function: { ...sample.function, more: 1 } }), 'bad-form'],
    ['an unknown limit', changed({ limits: { ...sample.limits, more: 1 } }), 'bad-form'],
    ['a limit of 0', changed({ limits: { ...sample.limits, files: 0 } }), 'bad-form'],
    ['a limit that no timer counts', changed({ limits: { ...sample.limits, timeMs: 2 ** 31 } }), 'bad-form'],
    ['half of a surrogate pair', changed({ executor: '\ud800' }), 'bad-form'],
    [
      'a version in capitals',
      changed({ function: { ...sample.function, version: 'AB'.repeat(32) } }),
      'bad-form',
    ],
    ['a name that is too long', changed({ task: 'x'.repeat(257) }), 'bad-form'],
    ['too many slots', changed({ inputs: Array.from({ length: 1001 }, () => sample.inputs[0]) }), 'bad-form'],
    ['a list for an object', changed({ limits: [] }), 'bad-form'],
    ['an object for a list', changed({ logs: {} }), 'bad-form'],
    [
      'a raw input with a tag',
      changed({ inputs: [{ ...sample.inputs[1], tag: '00'.repeat(16) }] }),
      'bad-form',
    ],
    [
      'an encrypted input without a tag',
      changed({ inputs: [{ ...sample.inputs[1], schema: 'aes-gcm-128' }] }),
      'bad-form',
    ],
    [
      'an output with a tag',
      changed({ outputs: [{ ...sample.outputs[0], tag: '00'.repeat(16) }] }),
      'bad-form',
    ],
    ['a raw output', changed({ outputs: [{ ...sample.outputs[0], schema: 'raw' }] }), 'bad-form'],
    ['an unknown reader of the log', changed({ logs: ['everybody'] }), 'bad-form'],
    ['a name for a subject', changed({ creator: 'analyst' }), 'bad-form'],
    [
      'an authority that is none',
      changed({ participants: sample.participants.map((one) => ({ ...one, authority: 'none' })) }),
      'bad-form',
    ],
    ['a participant without authority', changed({ participants: [{ subject: sample.creator }] }), 'bad-form'],
    [
      'a participant twice',
      changed({ participants: sample.participants.flatMap((one) => [one, one]) }),
      'incoherent',
    ],
    ['a reader of the log twice', changed({ logs: ['creator', 'creator'] }), 'incoherent'],
    ['participants out of order', changed({ participants: sample.participants.toReversed() }), 'incoherent'],
    [
      'a creator who is no participant',
      changed({ participants: sample.participants.slice(1) }),
      'incoherent',
    ],
    [
      'an owner who is no participant',
      changed({ participants: sample.participants.slice(0, 1) }),
      'incoherent',
    ],
    ['a slot without an owner', changed({ outputs: [{ ...sample.outputs[0], owners: [] }] }), 'incoherent'],
    ['one slot twice', changed({ inputs: [sample.inputs[0], sample.inputs[0]] }), 'incoherent'],
  ] as const)('is refused with %s', (_what, bytes, code) => {
    expect(() => parseManifest(bytes)).toThrow(refused(code));
  });

  it('is refused with any member missing, or of another type, on any level', () => {
    let places = 0;
    for (const broken of brokenBy(sample)) {
      places++;
      expect(() => parseManifest(encode(canonicalJson(broken))), canonicalJson(broken)).toThrow(
        ManifestError,
      );
    }
    expect(places).toBeGreaterThan(60);
  });

  it('is not made of a value that would not be read', () => {
    expect(() => manifestBytes({ ...sample, participants: [] })).toThrow(refused('incoherent'));
    expect(() => manifestBytes({ ...sample, arguments: 'x'.repeat(limits.manifest.value) })).toThrow(
      refused('too-large'),
    );
  });
});

/** The value with one member of it, however deep, left out or replaced by something of another type. */
function* brokenBy(value: unknown): Generator<unknown> {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    const others = typeof member === 'number' ? [null, 'x', 0.5] : [null, 7, {}];
    const fits = Array.isArray(value) ? [] : [undefined];
    for (const other of [...others, ...fits, ...brokenBy(member)])
      yield Array.isArray(value) ? value.with(Number(name), other) : { ...value, [name]: other };
  }
}

describe('bytes of strangers', () => {
  /** Whatever is read must be exactly what its bytes say. */
  const tried = (bytes: Uint8Array): TaskManifest | undefined => {
    try {
      return parseManifest(bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(ManifestError);
      return undefined;
    }
  };
  const holds = (bytes: Uint8Array) => {
    const manifest = tried(bytes);
    if (manifest) expect(manifestBytes(manifest)).toEqual(new Uint8Array(bytes));
    return manifest !== undefined;
  };

  it('are refused or read whole: any bytes, any JSON', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void holds(bytes)));
    fc.assert(
      fc.property(fc.json(), (json) => {
        expect(holds(encode(json))).toBe(false);
      }),
    );
  });

  it('are refused or read whole: a manifest with bytes changed, cut out or put in', () => {
    let read = 0;
    fc.assert(
      fc.property(
        manifestArbitrary,
        fc.nat(),
        fc.nat(3),
        fc.uint8Array({ maxLength: 3 }),
        (manifest, where, gone, put) => {
          const bytes = manifestBytes(manifest);
          const at = where % bytes.length;
          if (holds(Uint8Array.from([...bytes.subarray(0, at), ...put, ...bytes.subarray(at + gone)])))
            read++;
        },
      ),
      { numRuns: 500 },
    );
    // Some are other manifests, e.g. with another letter in a name.
    expect(read).toBeGreaterThan(0);
  });
});

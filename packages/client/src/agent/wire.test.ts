import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GaiwanError } from '../errors.ts';
import { limits } from '../limits.ts';
import { ed25519Key, framed, listOf, mpint, p256Key, signatureBy, strangeKey } from '../testing/agent.ts';
import { AnswerFrame } from './frame.ts';
import { messageTypes, readIdentities, readSigned } from './messages.ts';
import { readSshSignature } from './signature.ts';
import { SshReader, sshString, uint32 } from './wire.ts';

const RUNS = 2000;
const bad = expect.objectContaining({ code: 'bad-agent' });
const bytes = (max: number) => fc.uint8Array({ maxLength: max });

/** A value, or the one refusal. */
function orBad<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof GaiwanError && error.code === 'bad-agent') return undefined;
    throw error;
  }
}

/** Some bytes of it changed, left out or added. */
const damaged = (whole: Uint8Array) =>
  fc
    .tuple(fc.nat(whole.length), fc.nat(8), bytes(8))
    .map(([at, removed, added]) =>
      Buffer.concat([whole.subarray(0, at), added, whole.subarray(at + removed)]),
    );

describe("SSH's way of writing", () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(fc.nat(), bytes(300), fc.string(), (number, some, text) => {
        const reader = new SshReader(Buffer.concat([uint32(number), sshString(some), sshString(text)]));
        expect(reader.uint32()).toBe(number);
        expect(Buffer.from(reader.string())).toEqual(Buffer.from(some));
        expect(reader.text()).toBe(Buffer.from(text).toString());
        reader.end();
      }),
    );
  });

  it.each<[string, (reader: SshReader) => unknown]>([
    ['a byte', (reader) => reader.byte()],
    ['a number', (reader) => reader.uint32()],
    ['a string', (reader) => reader.string()],
  ])('%s is not read beyond the end', (_what, read) => {
    for (const all of [[], [255, 255, 255, 255, 1]].map((some) => Uint8Array.from(some)))
      expect(() => {
        const reader = new SshReader(all);
        for (let i = 0; i < 6; i++) read(reader);
      }).toThrow(bad);
  });
});

describe('an answer in parts', () => {
  it('is the same, however it is cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 400 }), fc.array(fc.nat(400)), (message, cuts) => {
        const whole = framed(message);
        const frame = new AnswerFrame();
        const places = [...new Set([0, ...cuts.filter((cut) => cut < whole.length)])].sort((a, b) => a - b);
        const parts = places.map((place, i) => whole.subarray(place, places[i + 1] ?? whole.length));
        const found = parts.map((part) => frame.take(part));
        expect(found.slice(0, -1)).toEqual(parts.slice(1).map(() => undefined));
        expect(found.at(-1)).toEqual(message);
      }),
    );
  });

  it.each([0, limits.agentMessage.value + 1, 2 ** 32 - 1])('has no length of %d bytes', (length) => {
    expect(() => new AnswerFrame().take(uint32(length))).toThrow(bad);
  });

  it('may be as long as the limit says', () => {
    const message = new Uint8Array(limits.agentMessage.value).fill(7);
    expect(new AnswerFrame().take(framed(message))).toEqual(message);
  });
});

describe("strangers' bytes", () => {
  const keys = [ed25519Key('one'), p256Key('two'), strangeKey('ssh-rsa')];
  const list = listOf(keys);

  it('as a list of keys: a list, a refusal, or bad-agent', () => {
    expect(readIdentities(list)?.map(({ comment, type }) => [comment, type])).toEqual([
      ['one', 'ssh-ed25519'],
      ['two', 'ecdsa-sha2-nistp256'],
      ['ssh-rsa', 'ssh-rsa'],
    ]);
    const any = fc.oneof(bytes(200), damaged(list));
    fc.assert(
      fc.property(any, (answer) => void orBad(() => readIdentities(answer))),
      { numRuns: RUNS },
    );
  });

  it('as a list of more keys than a list has', () => {
    const many = Buffer.concat([
      Uint8Array.of(messageTypes.identitiesAnswer),
      uint32(limits.agentKeys.value + 1),
    ]);
    expect(() => readIdentities(many)).toThrow(bad);
  });

  it('as a signature: 64 bytes, or bad-agent', () => {
    for (const [{ privateKey }, algorithm] of [
      [ed25519Key(''), 'Ed25519'],
      [p256Key(''), 'ES256'],
    ] as const) {
      if (!privateKey) throw new Error('a key without its half');
      const signature = signatureBy(privateKey, Buffer.from('bytes'));
      expect(readSshSignature(signature, algorithm)).toHaveLength(64);
      fc.assert(
        fc.property(fc.oneof(bytes(150), damaged(signature)), (answer) => {
          const read = orBad(() => readSshSignature(answer, algorithm));
          if (read) expect(read).toHaveLength(64);
        }),
        { numRuns: RUNS },
      );
    }
  });

  it('as an answer to a question', () => {
    fc.assert(
      fc.property(bytes(60), (answer) => void orBad(() => readSigned(answer))),
      { numRuns: RUNS },
    );
  });
});

describe('numbers of a signature', () => {
  const signatureOf = (...numbers: readonly Uint8Array[]) =>
    Buffer.concat([sshString('ecdsa-sha2-nistp256'), sshString(Buffer.concat(numbers))]);
  const one = sshString(Uint8Array.of(1));

  it('are r and s, of 32 bytes each', () => {
    const number = fc
      .tuple(fc.nat(31), fc.uint8Array({ minLength: 32, maxLength: 32 }))
      .map(([zeros, digits]) => digits.fill(0, 0, zeros))
      .filter((digits) => digits.some((digit) => digit !== 0));
    fc.assert(
      fc.property(number, number, (r, s) => {
        const read = readSshSignature(signatureOf(mpint(r), mpint(s)), 'ES256');
        expect(Buffer.from(read)).toEqual(Buffer.concat([r, s]));
      }),
    );
  });

  it.each<[string, Uint8Array]>([
    ['zero', sshString(new Uint8Array())],
    ['a zero byte', sshString(Uint8Array.of(0))],
    ['negative', sshString(Uint8Array.of(0x80))],
    ['longer than it need be', sshString(Uint8Array.of(0, 0x7f))],
    ['longer than the curve has', sshString(new Uint8Array(33).fill(1))],
    ['longer, with a leading zero', sshString(Buffer.concat([Buffer.of(0), Buffer.alloc(33, 0x80)]))],
  ])('are none that are %s', (_what, number) => {
    expect(() => readSshSignature(signatureOf(number, one), 'ES256')).toThrow(bad);
    expect(() => readSshSignature(signatureOf(one, number), 'ES256')).toThrow(bad);
  });

  it('are two', () => {
    expect(() => readSshSignature(signatureOf(one), 'ES256')).toThrow(bad);
    expect(() => readSshSignature(signatureOf(one, one, one), 'ES256')).toThrow(bad);
  });
});

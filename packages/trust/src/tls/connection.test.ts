import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clientConnectionBinding, connectionBinding } from './connection.ts';
import { InstancePin } from './instance.ts';

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const connection = fc.record({
  nonce: bytes32,
  exporter: bytes32,
  sessionKey: fc.uint8Array({ maxLength: 120 }),
  instance: bytes32,
});
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('what binds evidence to a connection', () => {
  it('is what other programs compute as well', () => {
    const made = connectionBinding({
      nonce: new Uint8Array(32).fill(1),
      exporter: new Uint8Array(32).fill(2),
      sessionKey: new Uint8Array(91).fill(3),
      instance: new Uint8Array(32).fill(4),
    });
    expect(hex(made)).toBe('5b983485bd6d00157ff42b330768124f44fd4b3a702744d9b79b466c0093aa1b');
    const sessionKey = new Uint8Array(91).fill(3);
    expect(hex(clientConnectionBinding({ exporter: new Uint8Array(32).fill(2), sessionKey }))).toBe(
      'c2a1c6435320ff11e14323d2860828a4cfcf812d3c58b9d2f40bcbeaf5c98207',
    );
  });

  it('is another for another connection, key, nonce or instance', () => {
    fc.assert(
      fc.property(connection, connection, (one, other) => {
        for (const part of ['nonce', 'exporter', 'sessionKey', 'instance'] as const) {
          const changed = { ...one, [part]: other[part] };
          const same = hex(one[part]) === hex(other[part]);
          expect(hex(connectionBinding(changed)) === hex(connectionBinding(one))).toBe(same);
        }
        expect(hex(clientConnectionBinding(one))).not.toBe(hex(connectionBinding(one)));
      }),
    );
  });

  it('is made of parts of their one length', () => {
    const length = fc.integer({ min: 0, max: 70 }).filter((size) => size !== 32);
    fc.assert(
      fc.property(connection, length, (one, size) => {
        const wrong = new Uint8Array(size);
        for (const part of ['nonce', 'exporter', 'instance'] as const)
          expect(() => connectionBinding({ ...one, [part]: wrong })).toThrow(TypeError);
        expect(() => clientConnectionBinding({ ...one, exporter: wrong })).toThrow(TypeError);
      }),
    );
  });
});

describe('a pinned instance', () => {
  const [one, other] = ['1a'.repeat(32), '2b'.repeat(32)];

  it('is the one that was given', () => {
    const pin = new InstancePin(one.toUpperCase());
    expect(pin.id).toBe(one);
    pin.require(one);
    expect(() => pin.require(other)).toThrow(expect.objectContaining({ reason: 'wrong-instance' }));
    expect(pin.id).toBe(one);
  });

  it('is the first that was seen where none was given', () => {
    const pin = new InstancePin();
    expect(pin.id).toBeUndefined();
    pin.require(one);
    pin.require(one);
    expect(() => pin.require(other)).toThrow(expect.objectContaining({ reason: 'wrong-instance' }));
    expect(pin.id).toBe(one);
  });
});

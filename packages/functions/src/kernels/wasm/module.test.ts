import { describe, expect, it } from 'vitest';
import { Body, instantiate, Memory } from './module.ts';

describe('the assembler', () => {
  const memory = new Memory({ initial: 1 });
  const view = new DataView(memory.buffer);

  it('encodes constants of every size', () => {
    for (const value of [0, 1, -1, 63, 64, -64, -65, 127, 128, 8191, 8192, 2 ** 31 - 1, -(2 ** 31)]) {
      const { constant } = instantiate({ constant: new Body([], [], 'i32').i32(value) }, memory);
      expect(constant?.()).toBe(value);
    }
    // An address beyond 2^31 is the same 32 bits.
    const { constant } = instantiate({ constant: new Body([], [], 'i32').i32(2 ** 31 + 5) }, memory);
    expect((constant?.() ?? 0) >>> 0).toBe(2 ** 31 + 5);
    const { double } = instantiate({ double: new Body([], [], 'f64').f64(-0.1) }, memory);
    expect(double?.()).toBe(-0.1);
  });

  it('makes loops, none of whose rounds runs where there is nothing to do', () => {
    const body = new Body(['i32', 'i32'], ['i32'], 'i32');
    body.whileBelow(0, 1, () => {
      body.get(2, 0).op('i32.add').set(2);
      body.get(0).i32(1).op('i32.add').set(0);
    });
    body.get(2);
    const { sum } = instantiate({ sum: body }, memory);
    expect([sum?.(0, 5), sum?.(3, 4), sum?.(5, 5), sum?.(7, 5)]).toEqual([10, 3, 0, 0]);
  });

  it('adds pairs of doubles in memory', () => {
    const body = new Body(['i32'], []);
    body
      .get(0, 0)
      .memory('v128.load', 32)
      .get(0)
      .memory('v128.load', 48)
      .op('f64x2.add')
      .memory('v128.store', 64);
    const { add } = instantiate({ add: body }, memory);
    for (const [i, value] of [1.5, 2.5, 10, 20].entries()) view.setFloat64(128 + 32 + 8 * i, value, true);
    add?.(128);
    expect([view.getFloat64(128 + 64, true), view.getFloat64(128 + 72, true)]).toEqual([11.5, 22.5]);
  });
});

import * as fc from 'fast-check';
import { beforeEach, expect, it } from 'vitest';
import { limits } from '../limits.ts';
import { TakenStatements } from './taken-statements.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
const clock = { time: START, now: () => clock.time };
const refused = (code: string) => expect.objectContaining({ code });
const nonce = (number: number) => number.toString(16).padStart(32, '0');
let taken: TakenStatements;
beforeEach(() => {
  clock.time = START;
  taken = new TakenStatements(clock, 10);
});
const take = (number: number, time: number, subject = 'bank') =>
  taken.take(subject, { nonce: nonce(number), time });

it('takes a statement once, of each subject', () => {
  clock.time += 1000;
  take(1, clock.time);
  expect(() => take(1, clock.time)).toThrow(refused('statement-repeated'));
  clock.time += 1;
  expect(() => take(1, clock.time)).toThrow(refused('statement-repeated'));
  take(1, clock.time, 'other');
});

it('takes none that is old, of the future, or from before the start, and tells the time', () => {
  const age = limits.statementAge.value;
  clock.time += 2 * age;
  take(1, clock.time - age + 1);
  for (const time of [clock.time - age, clock.time + 1, START, 0])
    expect(() => take(2, time), `${time}`).toThrow(
      expect.objectContaining({ code: 'statement-out-of-time', platformTime: clock.time }),
    );
  clock.time = START + 10;
  taken = new TakenStatements(clock);
  for (const time of [START, START + 10])
    expect(() => take(1, time)).toThrow(refused('statement-out-of-time'));
  clock.time = START + 11;
  take(1, START + 11);
});

it('opens no replay by a restart, however the statement was dated', () => {
  let accepted = 0;
  fc.assert(
    fc.property(fc.integer({ min: -500, max: 1_000 }), fc.nat(500_000), (dated, later) => {
      clock.time = START + 1000;
      const first = new TakenStatements(clock);
      const statement = { nonce: nonce(1), time: clock.time + dated };
      clock.time += 500;
      try {
        first.take('bank', statement);
      } catch {
        return;
      }
      accepted++;
      const restarted = new TakenStatements(clock);
      clock.time += later;
      expect(() => restarted.take('bank', statement)).toThrow(refused('statement-out-of-time'));
    }),
  );
  expect(accepted).toBeGreaterThan(10);
});

it('remembers a bounded number, and refuses what it has forgotten', () => {
  clock.time += 1000;
  for (let number = 0; number < 50; number++) take(number, START + 500 + number);
  for (let number = 0; number < 50; number++)
    expect(() => take(number, START + 500 + number), `${number}`).toThrow(
      number < 40 ? refused('statement-out-of-time') : refused('statement-repeated'),
    );
  // Another subject's are not touched by it.
  take(1, START + 501, 'other');
});

it('takes nothing twice, in whatever order statements come', () => {
  const moves = fc.array(fc.record({ number: fc.nat(20), time: fc.nat(400_000), wait: fc.nat(100_000) }), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(moves, (all) => {
      clock.time = START;
      const memory = new TakenStatements(clock, 5);
      const accepted = new Set<string>();
      for (const { number, time, wait } of all) {
        clock.time += wait;
        const statement = { nonce: nonce(number), time: START + time };
        try {
          memory.take('bank', statement);
        } catch {
          continue;
        }
        const name = JSON.stringify(statement);
        expect(accepted.has(name)).toBe(false);
        accepted.add(name);
      }
    }),
  );
});

/** Seeded lists and tables of customers, written as files. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { customers, mulberry32 } from './random.ts';

const PIECE = 1 << 20;

function writeLines(path: string, lines: Iterable<string>): void {
  const file = openSync(path, 'w');
  let piece = '';
  for (const line of lines) {
    piece += line;
    if (piece.length < PIECE) continue;
    writeSync(file, piece);
    piece = '';
  }
  writeSync(file, piece);
  closeSync(file);
}

const address = (customer: number) => `customer-${customer * 7919}@example.org`;

/** One party's list, an address a line: two thirds of one party's are on another's. */
export function writeList(path: string, rows: number, party: number): void {
  const chosen = customers(rows, mulberry32(party + 1));
  writeLines(
    path,
    (function* () {
      for (const customer of chosen) yield `${address(customer)}\n`;
    })(),
  );
}

/**
 * One party's table with the columns id, amount (two decimals), units, age (of which every tenth is empty). `repeat`: rows with
 * the same id, on average.
 */
export function writeTable(path: string, rows: number, party: number, repeat = 1): void {
  const random = mulberry32(party + 1);
  const chosen = customers(Math.floor(rows / repeat), random);
  writeLines(
    path,
    (function* () {
      yield 'id,amount,units,age\n';
      for (let i = 0; i < rows; i++) {
        const customer = chosen[repeat === 1 ? i : Math.floor(random() * chosen.length)] as number;
        const age = random() < 0.1 ? '' : String(18 + Math.floor(random() * 80));
        yield `${address(customer)},${(random() * 10_000).toFixed(2)},${Math.floor(random() * 100)},${age}\n`;
      }
    })(),
  );
}

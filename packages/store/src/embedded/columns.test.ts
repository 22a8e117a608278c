import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { bytesIn, columnsOf, numberIn } from './columns.ts';

const database = new DatabaseSync(':memory:');
const select = (columns: string) => {
  const statement = database.prepare(`SELECT ${columns}`);
  statement.setReturnArrays(true);
  return columnsOf(statement.get());
};

it('columns are read as what they are', () => {
  const [bytes, number] = select("x'0102', 7");
  expect([...bytesIn(bytes), numberIn(number)]).toEqual([1, 2, 7]);
});

it.each(["'text'", 'NULL', '1'])('%s is no bytes: somebody changed the database', (value) => {
  expect(() => bytesIn(select(value)[0])).toThrow(expect.objectContaining({ code: 'tampered' }));
});

it.each(["'7'", 'NULL', "x'07'"])('%s is no number: somebody changed the database', (value) => {
  expect(() => numberIn(select(value)[0])).toThrow(expect.objectContaining({ code: 'tampered' }));
});

it('a row that is no array is a mistake of ours', () => {
  expect(() => columnsOf(database.prepare('SELECT 1').get())).toThrow(TypeError);
});

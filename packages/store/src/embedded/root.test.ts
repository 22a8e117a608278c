import { expect, it } from 'vitest';
import { Root } from './root.ts';

it('has the same head whether or not it knows a kind that no record is of', () => {
  const root = new Root();
  const before = root.head();
  // As a batch does that fails after it named the kind: nothing of it is on the disk.
  root.entries('of a batch that failed');
  expect(root.head()).toEqual(before);
  expect(Root.of(root.bytes()).head()).toEqual(before);
});

import { expect, it } from 'vitest';
import { Random } from '../physics/random.ts';
import { Folder } from './folder.ts';
import { Inode } from './inode.ts';

const file = () => new Inode(512, 0o600);

/** The names that a power loss may leave, over many of them. */
function outcomes(make: () => Folder): Set<string> {
  const found = new Set<string>();
  for (let seed = 0; seed < 100; seed++) {
    const folder = make();
    folder.losePower(new Random(seed), 0.5);
    found.add([...folder.entries.keys()].sort().join());
  }
  return found;
}

it('a power loss leaves any set of the changes that were not synced', () => {
  const make = () => {
    const folder = new Folder();
    folder.change(new Map([['synced', file()]]));
    folder.sync();
    folder.change(new Map([['a', file()]]));
    folder.change(new Map([['synced', undefined]]));
    return folder;
  };
  expect(outcomes(make)).toEqual(new Set(['synced', 'a,synced', '', 'a']));
});

it('a rename is there as a whole or not at all', () => {
  const make = () => {
    const folder = new Folder();
    const one = file();
    folder.change(new Map([['old', one]]));
    folder.sync();
    folder.change(
      new Map([
        ['old', undefined],
        ['new', one],
      ]),
    );
    return folder;
  };
  expect(outcomes(make)).toEqual(new Set(['old', 'new']));
});

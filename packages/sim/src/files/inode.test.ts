import { describe, expect, it } from 'vitest';
import { Random } from '../physics/random.ts';
import { Inode } from './inode.ts';

const SECTOR = 512;
const filled = (byte: number, sectors = 1) => new Uint8Array(sectors * SECTOR).fill(byte);

function written(...writes: readonly (readonly [byte: number, sectors: number])[]): Inode {
  const inode = new Inode(SECTOR, 0o600);
  inode.write(filled(1, 4), 0);
  inode.sync();
  for (const [byte, sectors] of writes) inode.write(filled(byte, sectors), 0);
  return inode;
}

/** The first byte of each sector. */
function firstBytes(inode: Inode): number[] {
  const bytes = new Uint8Array(inode.size);
  inode.read(bytes, 0);
  return Array.from({ length: inode.size / SECTOR }, (_, sector) => bytes[sector * SECTOR] ?? -1);
}

/** What a power loss may leave, over many of them. */
function outcomes(make: () => Inode, keeps = 0.5): Set<string> {
  const found = new Set<string>();
  for (let seed = 0; seed < 400; seed++) {
    const inode = make();
    inode.losePower(new Random(seed), keeps);
    found.add(firstBytes(inode).join(''));
  }
  return found;
}

describe('a power loss', () => {
  it('takes nothing that was synced', () => {
    const make = () => {
      const inode = written([2, 4]);
      inode.sync();
      return inode;
    };
    expect(outcomes(make)).toEqual(new Set(['2222']));
  });

  it('leaves any set of the sectors of a write', () => {
    expect(outcomes(() => written([2, 2]))).toEqual(new Set(['1111', '1211', '2111', '2211']));
  });

  it('leaves of a sector that was written twice the one, the other or neither', () => {
    expect(outcomes(() => written([2, 1], [3, 1]))).toEqual(new Set(['1111', '2111', '3111']));
  });

  it('leaves a file that grew as long as it was, with what was written in it, or longer', () => {
    const make = () => {
      const inode = written();
      inode.write(filled(5), 4 * SECTOR);
      return inode;
    };
    expect(outcomes(make)).toEqual(new Set(['1111', '11110', '11115']));
  });

  it('leaves a file that was cut as long as it was, or cut', () => {
    const make = () => {
      const inode = written();
      inode.truncate(2 * SECTOR);
      return inode;
    };
    expect(outcomes(make)).toEqual(new Set(['11', '1111', '1110', '1101', '1100']));
  });

  it('counts a write of which some sectors stay and others do not', () => {
    const torn = Array.from(
      { length: 50 },
      (_, seed) => written([2, 4]).losePower(new Random(seed), 0.5).tornWrites,
    );
    expect(new Set(torn)).toEqual(new Set([0, 1]));
  });
});

describe('a failed sync', () => {
  it('leaves what is read as it is, and no later sync writes it', () => {
    const make = () => {
      const inode = written([2, 1]);
      inode.failSync(() => false);
      expect(firstBytes(inode)).toEqual([2, 1, 1, 1]);
      inode.sync();
      return inode;
    };
    expect(outcomes(make)).toEqual(new Set(['1111', '2111']));
  });

  it('may make the system forget a page: the old one is read', () => {
    const inode = written([2, 2]);
    inode.failSync((sector) => sector === 0);
    expect(firstBytes(inode)).toEqual([1, 2, 1, 1]);
  });

  it('of a sector that is written again is mended by the next sync', () => {
    const make = () => {
      const inode = written([2, 1]);
      inode.failSync(() => false);
      inode.write(filled(3), 0);
      inode.sync();
      return inode;
    };
    expect(outcomes(make)).toEqual(new Set(['3111']));
  });
});

describe('a disk that lies', () => {
  it('has not what it confirmed, which shows when it is read again', () => {
    const inode = written([2, 1]);
    inode.sync(() => 'lost');
    expect(firstBytes(inode)).toEqual([2, 1, 1, 1]);
    inode.losePower(new Random(1), 1);
    expect(firstBytes(inode)).toEqual([1, 1, 1, 1]);
  });

  it('has it in another place', () => {
    const inode = written([2, 1]);
    inode.sync(() => ({ insteadOf: 3 }));
    inode.losePower(new Random(1), 1);
    expect(firstBytes(inode)).toEqual([1, 1, 1, 2]);
  });

  it('has a bit changed, and only one', () => {
    const inode = written();
    inode.flip(new Random(1));
    const bytes = new Uint8Array(inode.size);
    inode.read(bytes, 0);
    const changed = bytes.filter((byte) => byte !== 1);
    expect(changed).toHaveLength(1);
    expect([0, 3, 5, 9, 17, 33, 65, 129]).toContain(changed[0]);
  });
});

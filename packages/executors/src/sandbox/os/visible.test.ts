/** Installations that not everybody may reach, shown to the users of sandboxes. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeVisible } from './visible.ts';

const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
let folder: string;
/** In a folder that only its owner may enter. */
let inner: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gaiwan-hidden-'));
  inner = join(folder, 'inner');
  mkdirSync(inner, { mode: 0o755 });
});
afterEach(() => rmSync(folder, { recursive: true }));
function file(name: string, mode: number): string {
  const path = join(inner, name);
  writeFileSync(path, name);
  chmodSync(path, mode);
  return path;
}
const inode = (path: string) => statSync(path).ino;
const shown = () => readdirSync(tmpdir()).filter((name) => name.startsWith(`gaiwan-visible-${process.pid}-`));

if (!isRoot) console.warn('SKIPPED: what only its owner may enter wants root.');
describe.skipIf(!isRoot)('what lies where only its owner may enter', () => {
  it('gets a second name, which goes again; what everybody may reach is left alone', async () => {
    const open = file('open', 0o644);
    const visible = await makeVisible([inner, '/usr'], true);
    expect(visible.source('/usr')).toBe('/usr');
    const other = visible.source(inner);
    expect(other).not.toContain(folder);
    expect(inode(join(other, 'open'))).toBe(inode(open));
    await visible.remove();
    expect(existsSync(other)).toBe(false);
    expect(readFileSync(open, 'utf8')).toBe('open');
  });

  it('others cannot list its place, nor guess it', async () => {
    file('open', 0o644);
    const visible = await makeVisible([inner], true);
    const place = dirname(visible.source(inner));
    expect(place).toMatch(/\/[0-9a-f]{32}$/);
    expect(statSync(dirname(place)).mode & 0o777).toBe(0o711);
    await visible.remove();
  });

  it.each([0o666, 0o664, 0o4755, 0o2755])('with mode %o it is copied, not linked', async (mode) => {
    const path = file('odd', mode);
    const visible = await makeVisible([inner], true);
    const copy = join(visible.source(inner), 'odd');
    expect(inode(copy)).not.toBe(inode(path));
    expect(statSync(copy).mode & 0o7777).toBe((mode & 0o111) === 0 ? 0o444 : 0o555);
    expect(readFileSync(copy, 'utf8')).toBe('odd');
    expect(statSync(path).mode & 0o7777).toBe(mode);
    await visible.remove();
  });

  it('and is closed to others itself is refused, wherever it lies, and nothing is left of the attempt', async () => {
    const closed = file('closed', 0o600);
    for (const path of [inner, closed]) {
      await expect(makeVisible([path], true)).rejects.toMatchObject({
        code: 'runner',
        message: expect.stringContaining(`${closed}, which is closed to others`) as string,
      });
    }
    rmSync(closed);
    mkdirSync(join(inner, 'keys'), { mode: 0o700 });
    await expect(makeVisible([inner], true)).rejects.toThrow(/inner\/keys, which is closed to others/);
    expect(shown()).toEqual([]);
  });
});

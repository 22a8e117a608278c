import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mountsFor } from './mounts.ts';

let folder: string;
const at = (...names: string[]) => join(folder, ...names);
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'gaiwan-mounts-')));
  for (const name of ['env/bin', 'base/bin', 'lib']) mkdirSync(at(name), { recursive: true });
  writeFileSync(at('base/bin/python3.11'), '');
  symlinkSync('python3.11', at('base/bin/python3'));
  symlinkSync(at('base/bin/python3'), at('env/bin/python3'));
  symlinkSync('python3', at('env/bin/python'));
  symlinkSync('loop', at('env/loop'));
});
afterAll(() => rmSync(folder, { recursive: true }));

it('are those that no other one shows, each once', () => {
  expect(mountsFor([at('lib'), at('lib'), at('lib/x'), '/usr', '/usr/lib'])).toEqual([at('lib'), '/usr']);
  expect(mountsFor([at('lib'), at('library')])).toEqual([at('lib'), at('library')]);
  expect(mountsFor(['/', '/usr'])).toEqual(['/']);
});

it('are of a link within a folder what it leads to, link by link, and nothing more', () => {
  const python = at('env/bin/python');
  // The second of its three links leaves the folder; what is mounted there is the third's target.
  expect(mountsFor([at('env'), python])).toEqual([at('env'), at('base/bin/python3')]);
  expect(mountsFor([at('env'), python, at('base')])).toEqual([at('env'), at('base')]);
  // Alone it is mounted itself: there it is no link.
  expect(mountsFor([python])).toEqual([python]);
});

it('end where links go round, or lead nowhere', () => {
  expect(mountsFor([at('env'), at('env/loop'), at('env/nothing')])).toEqual([at('env')]);
});

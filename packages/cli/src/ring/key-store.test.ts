import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Context } from '../context.ts';
import { saveSession } from '../session.ts';
import { gaiwanHere } from '../testing/run-here.ts';
import { keyStoreKinds } from './key-store.ts';
import { Ring } from './ring.ts';

const instance = 'ab'.repeat(32);
const PASSPHRASE = 'Grüße, "quoted" $HOME passphrase';
let home: string;
let programs: string;

/** What these programs do, as far as it is used; the log has their arguments. */
const fakes = {
  'secret-tool': `#!/bin/sh
echo "$@" >> "$LOG"
case "$1" in
store) cat > "$KEPT" ;;
lookup) [ -f "$KEPT" ] || exit 1; cat "$KEPT" ;;
clear) rm -f "$KEPT" ;;
esac`,
  security: `#!/bin/sh
echo "$@" >> "$LOG"
case "$1" in
-i) read -r line; echo "\${line##* }" > "$KEPT" ;;
find-generic-password) [ -f "$KEPT" ] || exit 44; cat "$KEPT" ;;
delete-generic-password) rm -f "$KEPT" ;;
esac`,
} as const;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'gaiwan-key-store-'));
  programs = join(home, 'programs');
  mkdirSync(programs);
  for (const [name, text] of Object.entries(fakes)) {
    writeFileSync(join(programs, name), text);
    chmodSync(join(programs, name), 0o755);
  }
  const env = { GAIWAN_HOME: home, GAIWAN_RING_PASSPHRASE: PASSPHRASE };
  saveSession(env, { authentication: 'https://a', frontend: 'https://b', trust: {}, instance, id: 'ann' });
  const quiet = { write: () => undefined };
  const context = { env, process: { stdout: quiet, stderr: quiet } } as unknown as Context;
  const task = 'task-00000000-0000-4000-8000-000000000000';
  const key = { key: '11'.repeat(32), iv: '22'.repeat(12) };
  const record = { instance, user: 'ann', task, inputs: { a: { name: 'a' } }, outputs: {} };
  await new Ring(context, { instance, user: 'ann' }).keep(record, { inputs: { a: key }, outputs: {} });
});
afterEach(() => rmSync(home, { recursive: true }));

async function run(args: readonly string[], more: Readonly<Record<string, string>> = {}) {
  const env = {
    GAIWAN_HOME: home,
    PATH: `${programs}:/usr/bin:/bin`,
    LOG: join(home, 'log'),
    KEPT: join(home, 'kept'),
  };
  const { code, stdout, stderr } = await gaiwanHere(['ring', ...args], { env: { ...env, ...more } });
  return { code, out: stdout.toString(), err: stderr };
}
const given = { GAIWAN_RING_PASSPHRASE: PASSPHRASE };

describe.each(keyStoreKinds)('%s', (kind) => {
  it('keeps the passphrase, is asked in place of the person, and forgets it', async () => {
    expect(await run(['remember', '--key-store', kind], given)).toMatchObject({ code: 0 });
    // The ring opens with nobody there: to change the passphrase is to open it.
    const changed = await run(['passphrase'], { GAIWAN_NEW_RING_PASSPHRASE: 'another passphrase' });
    expect(changed).toMatchObject({ code: 0 });
    // And the store has the new one.
    expect(await run(['passphrase'], { GAIWAN_NEW_RING_PASSPHRASE: PASSPHRASE })).toMatchObject({ code: 0 });
    const log = readFileSync(join(home, 'log'), 'utf8');
    for (const secret of [PASSPHRASE, 'another', Buffer.from('another').toString('hex')])
      expect(log).not.toContain(secret);
    expect(await run(['forget'])).toMatchObject({ code: 0, out: 'Forgotten.\n' });
    expect(existsSync(join(home, 'kept'))).toBe(false);
    const locked = await run(['passphrase'], { GAIWAN_NEW_RING_PASSPHRASE: 'another passphrase' });
    expect([locked.code, locked.err]).toEqual([1, expect.stringContaining('(ring-locked)')]);
  });

  it('that lost it, or is not there, is said, and the passphrase itself is taken', async () => {
    expect(await run(['remember', '--key-store', kind], given)).toMatchObject({ code: 0 });
    rmSync(join(home, 'kept'));
    const next = { GAIWAN_NEW_RING_PASSPHRASE: 'another passphrase' };
    expect((await run(['passphrase'], next)).err).toContain(
      `${kind} has no passphrase of your key ring any more`,
    );
    const without = await run(['passphrase'], { ...next, PATH: '/nonexistent' });
    expect(without.err).toMatch(/cannot be used: there is no (secret-tool|security)/);
    expect(await run(['passphrase'], { ...next, ...given })).toMatchObject({ code: 0 });
  });

  it('keeps no wrong passphrase, and none that it does not give back', async () => {
    const wrong = await run(['remember', '--key-store', kind], {
      GAIWAN_RING_PASSPHRASE: 'not the passphrase',
    });
    expect(wrong.err).toContain('(ring-locked)');
    expect(existsSync(join(home, 'log'))).toBe(false);
    writeFileSync(join(programs, 'secret-tool'), '#!/bin/sh\nexit 0');
    writeFileSync(join(programs, 'security'), '#!/bin/sh\nexit 0');
    const lying = await run(['remember', '--key-store', kind], given);
    expect([lying.code, lying.err]).toEqual([1, expect.stringContaining('(no-key-store)')]);
    expect((await run(['forget'])).out).toBe('No key store had it.\n');
  });
});

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';

const script = fileURLToPath(new URL('../.ci/run', import.meta.url));
const wanted = ['bwrap', 'chromium', 'swtpm', 'swtpm_setup', 'swtpm_localca', 'tpm2_quote', 'tpm2_eventlog'];

interface Machine {
  readonly uid: number;
  /** What is installed. */
  readonly tools: readonly string[];
  /** Exit code of the first run of the tests. */
  readonly firstRun?: number;
  /** Body of apt-get; absent: there is none. */
  readonly aptGet?: string;
}

/** Runs it on a machine that has these programs and no others. */
function run({ uid, tools, aptGet, firstRun = 0 }: Machine) {
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-ci-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const log = join(folder, 'log');
  const program = (name: string, body: string) =>
    writeFileSync(join(folder, name), `#!/bin/bash\n${body}\n`, { mode: 0o755 });
  for (const name of ['cat', 'dirname', 'mktemp', 'timeout', 'rm'])
    symlinkSync(['/usr/bin/', '/bin/'].map((at) => at + name).find(existsSync) ?? name, join(folder, name));
  program('id', `echo ${uid}`);
  const peers = join(folder, 'peers');
  for (const name of ['npm', 'git'])
    program(
      name,
      `echo "${name} $*" >>${log}; echo "$GAIWAN_PEERS" >${peers}; [ "$1" != cit ] || exit ${firstRun}`,
    );
  for (const name of tools) program(name, 'exit 0');
  if (aptGet !== undefined) program('apt-get', aptGet);
  const { status, stderr } = spawnSync('/bin/bash', [script], { env: { PATH: folder }, encoding: 'utf8' });
  const textOf = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : '');
  return { status, stderr, ran: textOf(log), peers: textOf(peers) };
}

describe('.ci/run', () => {
  it('fails where a TPM could be installed and was not: it would be green without those tests', () => {
    for (const aptGet of ['echo "no such package" >&2; exit 1', 'exit 0']) {
      const { status, stderr, ran } = run({ uid: 0, tools: wanted.slice(0, 4), aptGet });
      expect(status).toBe(1);
      expect(stderr).toContain('swtpm_localca tpm2_quote tpm2_eventlog');
      expect(ran).toBe('');
    }
  });

  it('says what apt-get said', () => {
    const { stderr } = run({ uid: 0, tools: [], aptGet: 'echo "no such package" >&2; exit 1' });
    expect(stderr).toContain('no such package');
  });

  it.each<[string, Machine]>([
    ['everything is there', { uid: 0, tools: wanted, aptGet: 'exit 1' }],
    ['nothing can be installed, as it is not root', { uid: 1000, tools: [], aptGet: 'exit 1' }],
    ['nothing can be installed, as there is no apt-get', { uid: 0, tools: [] }],
  ])('goes on where %s', (_what, machine) => {
    const { status, ran, peers } = run(machine);
    expect(status).toBe(0);
    // A test that compares with a peer, or drives a browser, fails without it (tests/support/peers.ts).
    expect(peers).toBe('required\n');
    expect(ran.split('\n')).toEqual([
      'npm cit',
      'npm run sim -- --histories 1000',
      'npm run test:without-tools',
      'npm run lint',
      'npm run generate',
      expect.stringContaining('git diff'),
      '',
    ]);
  });

  it('runs the tests once more where the runner has stalled, and for no other failure', () => {
    const machine = { uid: 0, tools: wanted };
    const stalled = run({ ...machine, firstRun: 124 });
    expect(stalled.status).toBe(0);
    expect(stalled.ran).toMatch(/^npm cit\nnpm test\nnpm run sim -- --histories 1000\n/);
    const failed = run({ ...machine, firstRun: 1 });
    expect(failed.status).toBe(1);
    expect(failed.ran).toBe('npm cit\n');
  });
});

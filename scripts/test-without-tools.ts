/**
 * Runs the tests that want optional tools on a machine that has none of them: this one, where its folders of programs are covered
 * with others (Linux; wants the right to mount). They must end green, and say of each tool that it is missing.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..');
/** Programs by how their names begin, and what is said of each kind. */
const hidden: readonly (readonly [says: RegExp, names: RegExp])[] = [
  [/\bbwrap\b|bubblewrap/, /^bwrap$/],
  [/Chromium/, /^(chromium|google-chrome)/],
  [/\bswtpm\b/, /^(swtpm|tpm2)/],
  [/\bpython3\b/, /^python/],
  [/scikit-learn|sklearn/, /^python/],
  [/\bperl\b/, /^perl/],
  [/\bclang\b/, /^(clang|wasm-ld)/],
  [/\brustc\b/, /^rustc/],
  [/mounted file system/, /^fusermount/],
  [/\bssh-agent\b/, /^ssh-(agent|add|keygen)$/],
];
/** What of a test file tells that it wants one of them. */
const wants =
  /canTest|noTpm|noAgent|hasPython3|mountFuse|TsmFuse|TpmFuse|hromium|sklearn|bwrap|\/usr\/bin\/(perl|python3|rustc)/;
const skips = /\b(skipIf|runIf|skip)\(/;

function testFiles(): string[] {
  const all = ['packages', 'tests'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts') && !name.includes('node_modules'))
      .map((name) => join(folder, name)),
  );
  return all.filter((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    return wants.test(text) && skips.test(text);
  });
}

/** Folders of programs that are no links to others. */
const folders = ['/usr/bin', '/bin', '/usr/local/bin'].filter(
  (folder) => existsSync(folder) && !lstatSync(folder).isSymbolicLink(),
);

/** A shell's script: covers the folders with ones that lack the programs, and runs its arguments there. */
function script(cover: string): string {
  const lines = ['set -e', `mount -t tmpfs tmpfs ${cover}`];
  for (const [index, folder] of folders.entries()) {
    const [upper, work] = [join(cover, `upper${index}`), join(cover, `work${index}`)];
    lines.push(
      `mkdir ${upper} ${work}`,
      `mount -t overlay overlay -o lowerdir=${folder},upperdir=${upper},workdir=${work} ${folder}`,
    );
    const names = readdirSync(folder).filter((name) => hidden.some(([, pattern]) => pattern.test(name)));
    if (names.length > 0) lines.push(`rm -- ${names.map((name) => `'${join(folder, name)}'`).join(' ')}`);
  }
  lines.push(
    // A device that nobody may open.
    `mount -t tmpfs -o nodev tmpfs ${cover}`,
    `mknod ${cover}/fuse c 10 229`,
    `[ ! -e /dev/fuse ] || mount --bind ${cover}/fuse /dev/fuse`,
    'exec "$@"',
  );
  return lines.join('\n');
}

/** Resolves with the exit code and what was printed, which goes on to the terminal as well. */
function run(command: readonly string[]): Promise<{ code: number | null; out: string }> {
  const [program = '', ...args] = command;
  // Programs of the user's own folders are not wanted either.
  const env = { ...process.env, PATH: [dirname(process.execPath), ...folders].join(':') };
  const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
    process.stdout.write(chunk);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out }));
  });
}

const cover = mkdtempSync(join(tmpdir(), 'gaiwan-without-'));
try {
  const within = ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script(cover), 'sh'];
  const tried = spawnSync('unshare', [...within.slice(1), 'true'], { encoding: 'utf8' });
  if (tried.status === 0) {
    const tests = [process.execPath, join(root, 'scripts/test.ts'), ...testFiles()];
    const { code, out } = await run([...within, ...tests]);
    const skipped = out.slice(out.indexOf('\nSkipped here:\n'));
    const silent = hidden.filter(([says]) => !says.test(skipped));
    for (const [says] of silent)
      console.error(`No test says that it is skipped for want of ${String(says)}.`);
    process.exitCode = code === 0 && silent.length > 0 ? 1 : (code ?? 1);
  } else {
    console.log(`SKIPPED: tests without the optional tools want the right to mount: ${tried.stderr.trim()}`);
  }
} finally {
  rmSync(cover, { recursive: true, force: true });
}

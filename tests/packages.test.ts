/** The packages as they would be published: installed in empty folders outside of the repository, and used as their READMEs say. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { measureBundle } from '@gaiwan/enclave';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from './support/platform.ts';
import { bytesIn, closureOf, installIn, outside, pack } from './support/published.ts';
import { type } from './support/terminal.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = temporaryFolder();
const [sdk, cli] = [join(folder, 'sdk'), join(folder, 'cli')];
const archives = pack(join(folder, 'archives'));
const failure =
  installIn(sdk, closureOf('@gaiwan/client', archives)) ?? installIn(cli, closureOf('@gaiwan/cli', archives));
if (failure !== undefined) {
  if (process.env['GAIWAN_PEERS'] === 'required') throw new Error(failure);
  console.warn(`SKIPPED: the package registry gives no dependencies: ${failure.split('\n')[0]}`);
}

/** Bytes. */
const MOST = { sdk: 9_000_000, cli: 100_000_000, repository: 450 * 2 ** 20 };

const readme = (name: string) => readFileSync(join(root, 'packages', name, 'README.md'), 'utf8');
const blocks = (page: string, language: string) =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, text = '']) => text,
  );

/** As a Node before 24 would run it; a Node that it starts in its place is what it is. */
const byOlderNode = (...program: string[]) => {
  const older = `if (!process.env.GAIWAN_LAUNCHER) Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.19.0' } })`;
  const args = ['--import', `data:text/javascript,${older}`, ...program];
  return spawnSync(process.execPath, args, { encoding: 'utf8', env: outside });
};

let platform: ChildProcess | undefined;
let ready: Readonly<Record<string, string>> = {};
afterAll(async () => {
  if (platform?.exitCode === null) {
    const gone = new Promise((resolve) => platform?.once('exit', resolve));
    platform.kill('SIGTERM');
    await gone;
  }
  rmSync(folder, { recursive: true, force: true });
});

describe('npm ci', () => {
  it('installs 450 MB at most: what only benchmarks, generators and tests beside peers need is in folders of its own', () => {
    expect(bytesIn(join(root, 'node_modules'))).toBeLessThan(MOST.repository);
  });
});

describe('what is published', () => {
  it('has a README and no tests', () => {
    for (const { name, files } of archives) {
      // The contract that a store of others is tested by is among its exports.
      const tests =
        name === '@gaiwan/store'
          ? /^src\/.*(\.test\.|\/testing\/.*)ts$/
          : /^(src|dist)\/(.*\.test\.|(.*\/)?testing\/.*\.[jt]s$)/;
      expect(files, name).toContain('README.md');
      expect(
        files.filter((path) => tests.test(path) || path.endsWith('.tsbuildinfo')),
        name,
      ).toEqual([]);
    }
  });
});

describe.skipIf(failure !== undefined)('gaiwan, installed outside of the repository', () => {
  const launcher = join(cli, 'node_modules/@gaiwan/cli/bin/gaiwan.js');
  const environment = { ...outside, TERM: 'dumb', GAIWAN_HOME: join(folder, 'home') };

  it('is the program that the repository measures, and no larger than its README says', async () => {
    const [here, there] = await Promise.all([
      measureBundle(join(root, 'packages/cli')),
      measureBundle(join(cli, 'node_modules/@gaiwan/cli')),
    ]);
    expect(there.list).toBe(here.list);
    expect(bytesIn(join(cli, 'node_modules'))).toBeLessThan(MOST.cli);
  });

  it('says to an older Node how to get a newer one, and uses that', () => {
    const { status, stderr } = byOlderNode(launcher, '--version');
    expect(status).toBe(70);
    const wanted = `node-linux-${process.arch}`;
    expect(stderr).toBe(
      `gaiwan: needs Node 24.7 or newer, this is 20.19.0. In ${cli}, run: npm install ${wanted}@24\n`,
    );
    const beside = join(cli, 'node_modules', wanted);
    symlinkSync(join(root, 'node_modules', wanted), beside);
    expect(byOlderNode(launcher, '--version')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('0.1.0'),
    });
    rmSync(beside);
  });

  it('plays its demo', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [launcher, 'demo', 'three-banks'], {
      cwd: folder,
      encoding: 'utf8',
      env: environment,
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toContain('Each bank fetches and decrypts its result');
  });

  it('says so in the repository as it fits there', () => {
    const here = byOlderNode(join(root, 'packages/cli/bin/gaiwan.js'), '--version');
    expect(here).toMatchObject({ status: 0 });
    const copy = join(folder, 'repository/packages/cli');
    mkdirSync(join(copy, 'bin'), { recursive: true });
    cpSync(join(root, 'packages/cli/bin/gaiwan.js'), join(copy, 'bin/gaiwan.js'));
    cpSync(join(root, 'packages/cli/tsconfig.json'), join(copy, 'tsconfig.json'));
    writeFileSync(join(copy, 'package.json'), '{ "type": "module" }');
    expect(byOlderNode(join(copy, 'bin/gaiwan.js')).stderr).toContain('In the repository, run: npm ci\n');
  });

  it('the SDK says so before it connects: an older Node would call it a broken connection', () => {
    const program = join(sdk, 'older.js');
    writeFileSync(program, "import { connect } from '@gaiwan/client';\nawait connect({});\n");
    expect(byOlderNode(program).stderr).toMatch(
      /GaiwanError: @gaiwan\/client needs Node 24.7 or newer; this is 20\.19\.0\..*unsupported-node/s,
    );
  });

  const screens: string[] = [];
  it('starts a platform as its README says', async () => {
    const [start = '', use = ''] = blocks(readme('cli'), 'sh');
    const password = 'the first password';
    for (const line of start.trimEnd().split('\n')) {
      if (!line.includes(' serve ')) {
        expect(spawnSync('sh', ['-c', line], { cwd: cli, env: environment }).status, line).toBe(0);
        continue;
      }
      platform = spawn('sh', ['-c', `exec ${line} --auth-port 0 --frontend-port 0 --json`], {
        cwd: cli,
        env: { ...environment, GAIWAN_ADMIN_PASSWORD: password },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      for await (const text of createInterface({ input: platform.stdout as NodeJS.ReadableStream })) {
        ready = JSON.parse(text) as typeof ready;
        break;
      }
    }
    const answers: readonly (readonly [RegExp, string])[] = [
      [/Password of admin: /, password],
      [/(New p|P)assphrase of your key ring: |Once more: /, 'kept'],
    ];
    const addresses = `--authentication ${ready['authentication']} --frontend ${ready['frontend']}`;
    for (const line of use.trimEnd().split('\n')) {
      const whole = line.includes(' login ') ? `${line} ${addresses}` : line;
      const { code, screen } = await type(whole, { cwd: cli, env: environment, answers });
      expect(code, `${line}\n${screen}`).toBe(0);
      screens.push(screen);
    }
  });

  it('serves the example of the SDK’s README, which strict TypeScript takes', () => {
    const [example = ''] = blocks(readme('client'), 'ts');
    writeFileSync(join(sdk, 'example.ts'), example);
    mkdirSync(join(sdk, 'node_modules/@types'), { recursive: true });
    for (const name of ['@types/node', 'undici-types'])
      symlinkSync(join(root, 'node_modules', name), join(sdk, 'node_modules', name));
    const options =
      '--noEmit --strict --noUncheckedIndexedAccess --exactOptionalPropertyTypes --skipLibCheck false';
    const compiler = '--target esnext --module nodenext --types node example.ts';
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const checked = spawnSync(process.execPath, [tsc, ...`${options} ${compiler}`.split(' ')], {
      cwd: sdk,
      encoding: 'utf8',
    });
    expect(checked.stdout).toBe('');
    expect(checked.status).toBe(0);

    const said = screens.join('\n');
    writeFileSync(join(sdk, 'points.csv'), 'x,y\n1.5,2\n1.4,2.1\n9,8\n9.1,8.2\n');
    const ran = spawnSync(process.execPath, ['example.ts'], {
      cwd: sdk,
      encoding: 'utf8',
      env: {
        ...outside,
        AUTHENTICATION: ready['authentication'],
        FRONTEND: ready['frontend'],
        USER_ID: 'alice',
        PASSWORD: /First password \(shown once\): (\S+)/.exec(said)?.[1],
        POLICY: join(cli, 'policy.json'),
        MACHINE: join(cli, 'machine'),
        FUNCTION_ID: /function-[0-9a-f-]{36}/.exec(said)?.[0],
      },
    });
    expect(ran.stderr).toBe('');
    expect(ran.stdout).toContain('builtin-kmeans for alice#');
    expect(ran.stdout).toContain('"clusters":2');
    expect(readFileSync(join(sdk, 'centers.csv'), 'utf8').trim().split('\n')).toHaveLength(3);
    expect(existsSync(join(sdk, 'node_modules/@gaiwan/functions'))).toBe(false);
    rmSync(join(sdk, 'node_modules/@types'), { recursive: true });
    expect(bytesIn(join(sdk, 'node_modules'))).toBeLessThan(MOST.sdk);
  });
});

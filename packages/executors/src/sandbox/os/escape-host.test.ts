/** Hostile functions that look for the host. What stops them is namespaces; the filter of calls is not even used. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canTest, number, perlExecutor } from '../../testing/perl.ts';

const possible = await canTest('namespaces');
const SECRET = 'a-planted-secret-5a0c';
const open = (path: string, how = '<') =>
  `open(my $f, '${how}', '${path}') ? "open " . join('', readline($f) // '') : "$!"`;

describe.skipIf(!possible)('namespaces alone', () => {
  const perl = perlExecutor({ without: ['seccomp', 'rlimits', 'cgroups'] });
  let folder: string;
  let tcp: Server;
  let abstract: Server;
  beforeAll(async () => {
    process.env['GAIWAN_TEST_SECRET'] = SECRET;
    folder = mkdtempSync(join(tmpdir(), 'gaiwan-host-'));
    writeFileSync(join(folder, 'file'), SECRET);
    [tcp, abstract] = [createServer(), createServer()];
    await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
    await new Promise<void>((resolve) => abstract.listen(`\0gaiwan-${process.pid}`, resolve));
  });
  afterAll(() => {
    delete process.env['GAIWAN_TEST_SECRET'];
    tcp.close();
    abstract.close();
    rmSync(folder, { recursive: true });
  });
  const connect = (address: string, family: string) =>
    `use Socket; socket(my $s, ${family}, SOCK_STREAM, 0) or die $!; connect($s, ${address}) ? 'connected' : "$!"`;

  const gone = 'No such file or directory';
  const absent = [
    '/etc/shadow',
    '/etc/passwd',
    '/etc/hostname',
    '/etc/resolv.conf',
    '/root/.ssh/id_rsa',
    '/var/run/docker.sock',
    '/dev/kvm',
    '/dev/vda',
    '/dev/fuse',
    '/dev/mem',
    '/dev/sev-guest',
    '/dev/tpm0',
    '/sys/kernel',
    '/run',
    '/home',
  ];
  const readOnly = ['/usr/bin/x', '/bin/x', '/x', '/dev/x', '/dev/shm/x', '/lib/x'];
  const kernel = [
    '/proc/sys/kernel/core_pattern',
    '/proc/sys/vm/drop_caches',
    '/proc/sys/kernel/hostname',
    '/proc/sysrq-trigger',
  ];

  describe('tried in one process:', () => {
    /** Asked of the table by name; a name is a body's where nothing else is said. */
    let ended: ReadonlyMap<string, string>;
    beforeAll(async () => {
      const { port } = tcp.address() as { port: number };
      const all = `my $all = join ',', map { "$_=$ENV{$_}" } keys %ENV;
        for my $pid (1 .. 5) { open my $f, '<', "/proc/$pid/environ" or next; local $/; $all .= ' ' . readline $f } $all`;
      const datagram = `use Socket; socket(my $s, PF_INET, SOCK_DGRAM, 0) or die $!;
        defined send($s, 'x', 0, pack_sockaddr_in(53, pack('C4', 192, 0, 2, 1))) ? 'sent' : "$!"`;
      const name = `pack('S a*', 1, "\\0gaiwan-${process.pid}")`;
      const bodies: (readonly [string, string])[] = [
        ['loopback', connect(`pack_sockaddr_in(${port}, inet_aton('127.0.0.1'))`, 'PF_INET')],
        ['stream', connect(`pack_sockaddr_in(53, pack('C4', 192, 0, 2, 1))`, 'PF_INET')],
        ['datagram', datagram],
        ['abstract', connect(name, 'PF_UNIX')],
        ['file of another', open(join(folder, 'file'))],
        ['folder of the worker', open(perl.state.folder)],
        ['code of the worker', open(import.meta.filename)],
        ['environments', all],
        ['capabilities', `open my $f, '<', '/proc/self/status'; local $/; readline $f`],
        ['root of the first', open('/proc/1/root/etc/shadow')],
        ['folder of the first', open(`/proc/1/cwd/${folder}/file`)],
        ...absent.map((path) => [path, open(path)] as const),
        ...[...readOnly, ...kernel].map((path) => [path, open(path, '>')] as const),
      ];
      const table = new Map(bodies);
      expect(table.size).toBe(bodies.length);
      ended = await perl.table(table);
      expect(ended.size).toBe(bodies.length);
    });

    it('the loopback of the host does not answer', () => {
      expect(ended.get('loopback')).toBe('Connection refused');
    });

    it.each(['stream', 'datagram'])('there is no way out: a %s', (way) => {
      expect(ended.get(way)).toBe('Network is unreachable');
    });

    it('names in the host’s space of sockets are not there', () => {
      expect(ended.get('abstract')).toBe('Connection refused');
    });

    it.each([...absent, 'file of another', 'folder of the worker', 'code of the worker'])(
      '%s is not there',
      (path) => {
        expect(ended.get(path)).toBe(gone);
      },
    );

    it.each(readOnly)('%s cannot be written', (path) => {
      expect(ended.get(path)).toBe('Read-only file system');
    });

    it.each(kernel)('%s cannot be written: its user is none of the host’s that matter', (path) => {
      expect(ended.get(path)).toMatch(/^(Permission denied|Read-only file system|No such file)/);
    });

    it.each(['root of the first', 'folder of the first'])('no way through the first process: %s', (way) => {
      expect(ended.get(way)).toMatch(/^(Permission denied|No such file)/);
    });

    it('no environment, neither its own nor that of what started it', () => {
      expect(ended.get('environments')).toMatch(/^PWD=\/tmp[\s\0]*(PWD=\/tmp[\s\0]*)?$/);
    });

    it('has no capability', () => {
      const text = ended.get('capabilities');
      for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
        expect(text).toMatch(new RegExp(`^${set}:\\s+0+$`, 'm'));
      }
    });

    it('cannot get one: it has no new privileges', () => {
      expect(ended.get('capabilities')).toMatch(/^NoNewPrivs:\s+1$/m);
    });
  });

  it('sees its own processes only, and cannot signal others', async () => {
    const list = `opendir my $d, '/proc'; join ',', sort { $a <=> $b } grep { /^\\d+$/ } readdir $d`;
    const ended = await perl.table(
      new Map([
        ['processes', list],
        ['a signal', `kill(9, ${process.pid}) ? 'killed' : "$!"`],
      ]),
    );
    expect([...ended.values()]).toEqual(['1,2', 'No such process']);
    expect(await perl.run(`kill(9, 1); select undef, undef, undef, 0.1; 'alive'`)).toBe('alive');
  });

  it('has the three pipes open', async () => {
    const descriptors = `opendir my $d, '/proc/self/fd'; my $own = fileno $d;
      join ',', sort { $a <=> $b } grep { /^\\d+$/ && readlink("/proc/self/fd/$_") !~ m{^/(proc|dev/null)} } readdir $d`;
    // The fourth is the example's own copy of its standard output; then the script that Perl reads.
    expect(await perl.run(descriptors)).toMatch(/^0,1,2,3(,[45])?$/);
  });

  it('makes no namespaces of its own, even where no filter forbids it', async () => {
    // One that it made would only be another place to make the next in.
    const flags = ['0x10000000', '0x20000', '0x40000000'];
    const unshare = (flag: string) => `syscall(${number('unshare')}, ${flag}) == -1 ? "$!" : 'made'`;
    const ended = await perl.table(new Map(flags.map((flag) => [flag, unshare(flag)])));
    for (const flag of flags) {
      expect([flag, ended.get(flag)]).toEqual([
        flag,
        expect.stringMatching(/^(No space left on device|Operation not permitted)$/),
      ]);
    }
  });

  it.runIf(process.getuid?.() === 0)(
    'is nobody of importance on the host, though the worker is root',
    async () => {
      const marker = `somebody-${process.pid}`;
      const enough = new AbortController();
      const running = perl.start(`$0 = '${marker}'; sleep 600`, { signal: enough.signal });
      const ended = expect(running).rejects.toMatchObject({ code: 'canceled' });
      const users = () => statusOf(marker)?.match(/^Uid:\s+(.*)$/m)?.[1];
      await expect.poll(users).toBeDefined();
      const found = users() as string;
      enough.abort();
      await ended;
      for (const user of found.split('\t')) expect(Number(user)).toBeGreaterThanOrEqual(61_184);
    },
  );
});

function statusOf(marker: string): string | undefined {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const title = readFileSync(`/proc/${pid}/cmdline`, 'latin1');
      if (title.startsWith(marker)) return readFileSync(`/proc/${pid}/status`, 'latin1');
    } catch {
      // It has ended.
    }
  }
  return undefined;
}

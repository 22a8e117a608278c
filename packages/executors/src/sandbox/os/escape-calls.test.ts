/** Hostile functions with bare system calls: what stops them is the filter, and nothing else is asked. */
import { beforeAll, describe, expect, it } from 'vitest';
import { canTest, number, perlExecutor } from '../../testing/perl.ts';

const possible = await canTest('namespaces', 'seccomp');
/** What a call came to, as errno. */
const call = (name: string, args: string) =>
  `my @a = (${args}); my $r = syscall(${number(name)}, @a); $r == -1 ? $! + 0 : "done $r"`;
const EPERM = '1';
const ENOSYS = '38';

describe.skipIf(!possible)('seccomp stops', () => {
  const perl = perlExecutor();
  /** The kernel answers each without doing anything, so one process tries them all. */
  const refused: readonly (readonly [what: string, name: string, args: string, answer?: string])[] = [
    ['a TCP socket', 'socket', '2, 1, 0'],
    ['a UDP socket, for DNS', 'socket', '2, 2, 0'],
    ['an IPv6 socket', 'socket', '10, 1, 0'],
    ['a Unix socket', 'socket', '1, 1, 0'],
    ['a packet socket', 'socket', '17, 3, 0'],
    ['a netlink socket', 'socket', '16, 3, 0'],
    ['a socket to the host of a virtual machine', 'socket', '40, 1, 0'],
    ['a pair of sockets of the network', 'socketpair', '2, 1, 0, 0'],
    ['a mount', 'mount', '"none", "/tmp", "tmpfs", 0, 0'],
    ['an unmount', 'umount2', '"/proc", 2'],
    ['a mount by the new interface', 'fsopen', '"tmpfs", 0'],
    ['a bind mount by the new interface', 'open_tree', '-100, "/", 1'],
    ['a new root', 'pivot_root', '"/tmp", "/tmp"'],
    ['a chroot', 'chroot', '"/tmp"'],
    ['a user namespace', 'unshare', '0x10000000'],
    ['a mount namespace', 'unshare', '0x20000'],
    ['entering a namespace', 'setns', '0, 0'],
    ['tracing', 'ptrace', '16, 1, 0, 0'],
    ['reading the memory of another process', 'process_vm_readv', '1, 0, 0, 0, 0, 0'],
    ['a handle of another process', 'pidfd_open', '1, 0'],
    ['a BPF program', 'bpf', '0, 0, 0'],
    ['performance counters', 'perf_event_open', '0, 0, -1, -1, 0'],
    ['handling page faults', 'userfaultfd', '0'],
    ['an io_uring', 'io_uring_setup', '8, 0'],
    ['the keyring', 'keyctl', '0, -3, 0'],
    ['a key', 'add_key', '"user", "a", "b", 1, -3'],
    ['memory without a name, which no limit sees', 'memfd_create', '"a", 0'],
    ['shared memory of System V', 'shmget', '0, 4096, 01600'],
    ['a message queue', 'mq_open', '"/a", 0102, 0600, 0'],
    ['a new host name', 'sethostname', '"a", 1'],
    ['a reboot', 'reboot', '0xfee1dead, 672274793, 0, 0'],
    ['the log of the kernel', 'syslog', '3, 0, 0'],
    ['a kernel module', 'init_module', '0, 0, ""'],
    ['another kernel', 'kexec_load', '0, 0, 0, 0'],
    ['the clock', 'clock_settime', '0, 0'],
    ['swap', 'swapon', '"/tmp/a", 0'],
    ['to become root', 'setuid', '0'],
    ['to become somebody', 'setresuid', '0, 0, 0'],
    ['capabilities', 'capset', '0, 0'],
    ['a device', 'mknodat', '-100, "/tmp/a", 020600, 259'],
    ['giving a file away', 'fchownat', '-100, "/tmp", 0, 0, 0'],
    ['opening by handle', 'open_by_handle_at', '0, 0, 0'],
    ['another personality', 'personality', '0x20000'],
    ['a filter of its own', 'seccomp', '1, 0, 0'],
    ['watching files', 'inotify_init1', '0'],
    ['locked memory', 'mlockall', '3'],
    ['priority', 'setpriority', '0, 0, -20'],
    // clone3 neither, so that its flags need no judging.
    ['clone3, by its not being there', 'clone3', '0, 0', ENOSYS],
    ['putting words into a terminal, by its arguments', 'ioctl', '0, 0x5412, "x"', '25'],
    ['dumpability, by its arguments', 'prctl', '4, 1, 0, 0, 0', '22'],
  ];
  const unknown = 'what no list knows, by its not being there';
  describe('tried in one process:', () => {
    let ended: ReadonlyMap<string, string>;
    beforeAll(async () => {
      const bodies = refused.map(([what, name, args]) => [what, call(name, args)] as const);
      const all = new Map([...bodies, [unknown, 'my $r = syscall(9999); $! + 0']]);
      expect(all.size).toBe(refused.length + 1);
      ended = await perl.table(all);
    });

    it.each(refused.map(([what, , , answer]) => [what, answer ?? EPERM] as const))('%s', (what, answer) => {
      expect(ended.get(what)).toBe(answer);
    });

    it(unknown, () => {
      expect(ended.get(unknown)).toBe(ENOSYS);
    });
  });

  // What one of them made would go on with the rest of a table.
  it.each([
    ['a clone into a user namespace', '0x10000011, 0, 0, 0, 0'],
    ['a clone into a network namespace', '0x40000011, 0, 0, 0, 0'],
  ])('%s', async (_what, args) => {
    expect(await perl.run(call('clone', args))).toBe(EPERM);
  });

  it.runIf(process.arch === 'x64')('calls of another ABI: the end', async () => {
    const { code, message } = await perl.failure('syscall(0x40000000 + 39); "done"');
    expect({ code, message }).toMatchObject({
      code: 'crashed',
      message: expect.stringMatching(/SIGSYS|159/) as string,
    });
  });
});

describe.skipIf(!possible)('seccomp stops, where the runner says that it starts no processes,', () => {
  const perl = perlExecutor({ forks: false });
  it('every fork, and so every bomb', async () => {
    expect(await perl.run('my $pid = fork; defined $pid ? "forked" : $! + 0')).toBe(EPERM);
    expect(await perl.run('my $r = system("/bin/true"); $r == -1 ? $! + 0 : "ran"')).toBe(EPERM);
  });
});

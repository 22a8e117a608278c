/** Namespaces around a runner: bubblewrap's arguments. */
import type { RunnerSpec } from '../runner.ts';
import { mountsFor } from './mounts.ts';

/** The user that a function is inside; outside it is another one. */
const INSIDE_USER = 1000;
/** Where it may write. It is empty at the start, in memory, and gone at the end. */
const SCRATCH = '/tmp';

/** Where a fork server finds the filter for its children. */
const CHILDREN = '/calls.bpf';

/** What stands inside. */
export interface WrapOptions {
  readonly runner: RunnerSpec;
  /** Bytes of the scratch folder. */
  readonly scratchBytes: number;
  /** The number of the filter's descriptor; `undefined` without seccomp. */
  readonly seccomp: number | undefined;
  /** The number of the descriptor with the filter that a fork server gives its children. It is the first process of its namespace. */
  readonly children?: number | undefined;
  /** Where the contents of a path that it sees are. */
  readonly source: (path: string) => string;
}

/** Program and arguments. */
export function wrap(program: string, options: WrapOptions): string[] {
  const { runner, scratchBytes, seccomp, children, source } = options;
  return [
    program,
    ...words('--unshare-all --unshare-user --disable-userns --cap-drop ALL --hostname sandbox'),
    ...words(`--uid ${INSIDE_USER} --gid ${INSIDE_USER} --die-with-parent --new-session --clearenv`),
    // First, because what it sees may lie below them.
    ...words(`--proc /proc --dev /dev --size ${scratchBytes} --tmpfs ${SCRATCH}`),
    ...mountsFor(runner.readOnly).flatMap((path) => ['--ro-bind', source(path), path]),
    ...(children === undefined ? [] : ['--as-pid-1', '--ro-bind-data', `${children}`, CHILDREN]),
    // Else both would be places to write without a limit.
    ...words(`--remount-ro /dev --remount-ro / --chdir ${SCRATCH}`),
    ...(seccomp === undefined ? [] : ['--seccomp', `${seccomp}`]),
    '--',
    ...runner.command,
  ];
}

const words = (text: string) => text.split(' ');

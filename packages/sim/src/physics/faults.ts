/** The kinds of faults, how often each may come, and how often each came. */
import type { Random } from './random.ts';

/** What a kind does, for docs and the summary of a run. */
export const faultKinds = {
  'power loss':
    'the machine stops in the middle of an operation; what was not synced is decided sector by sector',
  kill: 'the process ends; the system and what it has of files stay',
  'lost sector': 'a power loss takes a written sector that was not synced',
  'torn write': 'a power loss takes some sectors of a write and leaves others',
  'lost size': 'a power loss takes the new size of a file that was not synced',
  'lost entry': 'a power loss takes a change of a folder that was not synced',
  'read error': 'EIO of a read',
  'write error': 'EIO of a write, after some of its sectors perhaps',
  'sync error': 'EIO of fsync: its pages count as clean from then on, and are never written',
  'dropped page': 'after such an fsync, the system forgets a page and reads the old one',
  'disk full': 'ENOSPC, after some of the bytes perhaps; later there is room',
  'slow disk': 'an operation takes seconds',
  'clock step': 'the wall clock is set by up to a day, in either direction',
  'bit flip': 'a bit of what is on the disk changes',
  'lost write': 'the disk confirms a sector that it never wrote',
  'misdirected write': 'the disk writes a sector to the place of another one',
  'old disk': 'the disk comes back as it was some time ago, whole',
  'slow anchor': 'the anchor takes longer than a commit waits for it',
  'unanswered anchor': 'the anchor advances, and its answer gets lost',
  'worker kill': 'a worker process ends in the middle of what it does',
  'failed spawn': 'a worker process cannot be started: the system has no process or descriptor to give',
  'failed executor': 'an executor of a worker does not start',
  'killed run': 'what runs a function is killed from outside',
  'paused platform':
    'the platform process stands still for a while (SIGSTOP, a suspended machine, a snapshot)',
  'paused worker': 'a worker process stands still for a while',
  'lost connection': "a worker's connection loses all that is on its way; each side hears of it when it does",
  'dropped message': 'a request, or its answer, never arrives',
  'delayed message': 'a message takes seconds',
  'doubled message': 'a message arrives twice',
  'reordered message': 'a message arrives before one that was sent earlier',
} as const satisfies Readonly<Record<string, string>>;

export type FaultKind = keyof typeof faultKinds;

/** The disk keeps or gives another thing than what was written: no order of fsyncs helps, only noticing does. */
export const mediumFaults: readonly FaultKind[] = ['bit flip', 'lost write', 'misdirected write', 'old disk'];

export class Faults {
  /** Whether any comes at all. */
  areOn = false;
  readonly counts = new Map<FaultKind, number>();
  readonly #random: Random;
  readonly #rates: ReadonlyMap<FaultKind, number>;
  readonly #tell: (line: string) => void;

  /** `rates`: of each kind, the probability that one comes where it could. */
  constructor(random: Random, rates: ReadonlyMap<FaultKind, number>, tell: (line: string) => void) {
    this.#random = random;
    this.#rates = rates;
    this.#tell = tell;
  }

  /** Whether one may ever come. */
  mayCome(kind: FaultKind): boolean {
    return (this.#rates.get(kind) ?? 0) > 0;
  }

  /** Whether one comes here and now; then it is counted. */
  comes(kind: FaultKind, where = ''): boolean {
    if (!this.areOn) return false;
    const rate = this.#rates.get(kind) ?? 0;
    if (rate === 0 || !this.#random.chance(rate)) return false;
    this.count(kind, where);
    return true;
  }

  count(kind: FaultKind, where = ''): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    this.#tell(`fault: ${kind}${where && ` ${where}`}`);
  }

  get hadMediumFault(): boolean {
    return mediumFaults.some((kind) => this.counts.has(kind));
  }
}

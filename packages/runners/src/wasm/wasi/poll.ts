/** `poll_oneoff`: waiting for a time. Files are always ready. */
import type { Guest } from '../guest.ts';
import { refuse, type WasiCall } from './call.ts';
import { Errno, INVAL, NOTSUP, OK } from './errno.ts';
import type { DescriptorTable } from './table.ts';

const SUBSCRIPTION = 48;
const EVENT = 32;
const CLOCK = 0;
const READ = 1;
const ABSOLUTE = 1;
const NANOSECONDS = 1_000_000n;
/** Milliseconds that are waited for in one go. */
const LONGEST = 2 ** 31 - 1;

/** What a program waits by. */
export interface Waiting {
  /** Nanoseconds. */
  readonly now: () => bigint;
  /** Milliseconds. */
  readonly sleep: (time: number) => void;
}

interface Event {
  readonly userdata: bigint;
  readonly errno: number;
  readonly type: number;
  readonly bytes: number;
}

type PollOneoff = [subscriptions: number, events: number, count: number, result: number];

/** Clocks are what `clock_time_get` tells: waiting is no finer. */
export function pollCall(guest: Guest, table: DescriptorTable, { now, sleep }: Waiting): WasiCall {
  const poll = (...[subscriptions, events, count, result]: PollOneoff): void => {
    const size = count >>> 0;
    if (size === 0) refuse(INVAL);
    const asked = guest.view(subscriptions, SUBSCRIPTION * size);
    const told = guest.view(events, EVENT * size);
    guest.view(result, 4);
    const started = now();
    const clocks: { readonly userdata: bigint; readonly due: bigint }[] = [];
    const ready: Event[] = [];
    for (let at = 0; at < asked.byteLength; at += SUBSCRIPTION) {
      const userdata = asked.getBigUint64(at, true);
      const type = asked.getUint8(at + 8);
      if (type === CLOCK) {
        const clock = asked.getUint32(at + 16, true);
        const timeout = asked.getBigUint64(at + 24, true);
        const absolute = (asked.getUint16(at + 40, true) & ABSOLUTE) !== 0;
        if (clock > 1) ready.push({ userdata, errno: clock > 3 ? INVAL : NOTSUP, type, bytes: 0 });
        else clocks.push({ userdata, due: absolute ? timeout : started + timeout });
      } else ready.push(fileEvent(table, { userdata, type, fd: asked.getUint32(at + 16, true) }));
    }
    if (ready.length === 0) wait({ now, sleep }, clocks);
    const passed = now();
    for (const { userdata, due } of clocks) {
      if (due <= passed) ready.push({ userdata, errno: OK, type: CLOCK, bytes: 0 });
    }
    for (const [index, event] of ready.entries()) writeEvent(told, EVENT * index, event);
    guest.setU32(result, ready.length);
  };
  return ['poll_oneoff', 'iiii', poll];
}

function fileEvent(
  table: DescriptorTable,
  { userdata, type, fd }: { readonly userdata: bigint; readonly type: number; readonly fd: number },
): Event {
  try {
    const { stat, position } = table.get(fd);
    return { userdata, errno: OK, type, bytes: type === READ ? Math.max(0, stat.size - position) : 0 };
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    return { userdata, errno: error.number, type, bytes: 0 };
  }
}

/** Until the first of them is due. The task's limit of time ends what waits longer. */
function wait({ now, sleep }: Waiting, clocks: readonly { readonly due: bigint }[]): void {
  for (;;) {
    const passed = now();
    const rests = clocks.map(({ due }) => Number((due - passed + NANOSECONDS - 1n) / NANOSECONDS));
    const least = rests.reduce((a, b) => Math.min(a, b), LONGEST);
    if (least <= 0) return;
    sleep(least);
  }
}

function writeEvent(view: DataView, at: number, { userdata, errno, type, bytes }: Event): void {
  for (let offset = 0; offset < EVENT; offset += 8) view.setBigUint64(at + offset, 0n, true);
  view.setBigUint64(at, userdata, true);
  view.setUint16(at + 8, errno, true);
  view.setUint8(at + 10, type);
  view.setBigUint64(at + 16, BigInt(bytes), true);
}

/**
 * `setTimeout` and its kind. Their clock is the function's own, which steps by 10 ms: timers in each other's race tell no more of time
 * than it does. The engine asks for a `turn` once nothing else is left to do.
 */
export const TIMERS: string = `(function (tools) {
  'use strict';
  const { host, turns } = tools;
  const now = performance.now.bind(performance);
  const MOST = 2 ** 31 - 1;
  /** By number: when it is due, what to call, and how often. Orders grow, so that equal times keep their turns. */
  const waiting = new Map();
  /** A binary heap: the next one is the first. What was cleared stays until it comes, or until half of all was cleared. */
  let heap = [];
  let cleared = 0;
  let last = 0;
  const isBefore = (a, b) => a.due < b.due || (a.due === b.due && a.order < b.order);
  const put = (timer) => {
    let at = heap.length;
    for (; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!isBefore(timer, heap[parent])) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = timer;
  };
  const dropFirst = () => {
    const timer = heap.pop();
    const { length } = heap;
    if (length === 0) return;
    let at = 0;
    for (let child = 1; child < length; child = 2 * at + 1) {
      if (child + 1 < length && isBefore(heap[child + 1], heap[child])) child++;
      if (!isBefore(heap[child], timer)) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = timer;
  };
  const add = (repeats) => (callback, delay = 0, ...args) => {
    if (typeof callback !== 'function') throw new TypeError('A timer takes a function: there is no code from text.');
    const wait = Math.trunc(Number(delay));
    const every = wait >= 0 && wait <= MOST ? wait : 0;
    const number = ++last;
    const timer = { number, due: now() + every, every, callback, args, repeats, order: number, isLive: true };
    waiting.set(number, timer);
    put(timer);
    return number;
  };
  const clear = (number) => {
    const timer = waiting.get(Number(number));
    if (!timer) return;
    waiting.delete(timer.number);
    timer.isLive = false;
    if (++cleared * 2 <= heap.length) return;
    heap = heap.filter(({ isLive }) => isLive).sort((a, b) => (isBefore(a, b) ? -1 : 1));
    cleared = 0;
  };
  turns.next = () => {
    for (; heap.length > 0 && !heap[0].isLive; cleared--) dropFirst();
    if (heap.length === 0) return false;
    const next = heap[0];
    for (let rest; (rest = next.due - now()) > 0; ) host.sleep(rest);
    dropFirst();
    if (next.repeats) {
      next.due = now() + next.every;
      next.order = ++last;
      put(next);
    } else waiting.delete(next.number);
    next.callback(...next.args);
    return true;
  };
  return { setTimeout: add(false), setInterval: add(true), clearTimeout: clear, clearInterval: clear };
})`;

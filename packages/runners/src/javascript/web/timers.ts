/**
 * `setTimeout` and its kind. Their clock is the function's own, which steps by 10 ms: timers in each other's race tell no more of time
 * than it does. The engine asks for a `turn` once nothing else is left to do.
 */
export const TIMERS: string = `(function (tools) {
  'use strict';
  const { host, turns } = tools;
  const now = performance.now.bind(performance);
  const MOST = 2 ** 31 - 1;
  /** By number: when it is due, what to call, and how often. Numbers grow, so that equal times keep their order. */
  const waiting = new Map();
  let last = 0;
  const add = (repeats) => (callback, delay = 0, ...args) => {
    if (typeof callback !== 'function') throw new TypeError('A timer takes a function: there is no code from text.');
    const wait = Math.trunc(Number(delay));
    const every = wait >= 0 && wait <= MOST ? wait : 0;
    waiting.set(++last, { due: now() + every, every, callback, args, repeats, order: last });
    return last;
  };
  const clear = (number) => void waiting.delete(Number(number));
  turns.next = () => {
    let number;
    let next;
    for (const [key, timer] of waiting) {
      if (!next || timer.due < next.due || (timer.due === next.due && timer.order < next.order)) {
        number = key;
        next = timer;
      }
    }
    if (!next) return false;
    for (let rest; (rest = next.due - now()) > 0; ) host.sleep(rest);
    if (next.repeats) {
      next.due = now() + next.every;
      next.order = ++last;
    } else waiting.delete(number);
    next.callback(...next.args);
    return true;
  };
  return { setTimeout: add(false), setInterval: add(true), clearTimeout: clear, clearInterval: clear };
})`;

/** Calls at a fixed pace, whether or not earlier calls have returned, so that a stall counts once for each call that it delays (no coordinated omission). */

/** The ms that each call took. Begins one each `paceMs` until `until` has come, then waits for all. Rejects where a call does. */
export async function paced(
  paceMs: number,
  until: Promise<unknown>,
  call: () => Promise<unknown>,
): Promise<number[]> {
  const times: number[] = [];
  const calls: Promise<void>[] = [];
  const ended = { yet: false };
  const over = until.finally(() => {
    ended.yet = true;
  });
  const begin = performance.now();
  for (let n = 0; !ended.yet; n++) {
    const due = begin + n * paceMs;
    await waitFor(Math.max(0, due - performance.now()));
    calls.push(
      call().then(() => {
        times.push(performance.now() - due);
      }),
    );
  }
  await Promise.all([over, ...calls]);
  return times;
}

export const waitFor = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

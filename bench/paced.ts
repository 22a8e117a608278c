/** Calls at a fixed pace, whatever becomes of the former ones: whoever is kept waiting counts as often as it would have called. */

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

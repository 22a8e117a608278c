/** The few numbers that benchmarks print. */
export function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

export interface Summary {
  readonly p50: number;
  readonly p99: number;
  readonly perSecond: number;
}

/** Of times in ms, in any order. */
export function summaryOf(times: readonly number[]): Record<'mean' | 'p50' | 'p95' | 'p99', number> {
  const sorted = times.toSorted((a, b) => a - b);
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
  return { mean, p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95), p99: quantile(sorted, 0.99) };
}

/** Calls `once(client)` from `clients` loops at a time until `total` calls are done. Times are in ms. */
export async function load(
  clients: number,
  total: number,
  once: (client: number) => Promise<void>,
): Promise<Summary> {
  const times: number[] = [];
  let left = total;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      while (left-- > 0) {
        const begin = performance.now();
        await once(client);
        times.push(performance.now() - begin);
      }
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  times.sort((a, b) => a - b);
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99), perSecond: total / seconds };
}

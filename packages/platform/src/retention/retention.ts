/** What the operator keeps no longer goes, by and by. */
import type { Store } from '@gaiwan/store';
import { keys, returnedUseLog, type UsageEntry, usageLog } from '../domain/index.ts';
import { limits } from '../limits.ts';
import type { Blobs } from '../ports.ts';
import { AUDIT_LOG, decodeEntries } from '../state/audit/entries.ts';
import { type DueKind, type DueOptions, deleteDue } from './due.ts';
import { forget } from './forget.ts';
import type { RetentionPeriods } from './periods.ts';

export interface RetentionOptions extends Omit<DueOptions, 'blobs' | 'signal'> {
  readonly blobs: DueOptions['blobs'] & Pick<Blobs, 'forgetUnfinished'>;
  readonly periods: RetentionPeriods;
  readonly report: (error: unknown) => void;
}

export class Retention implements AsyncDisposable {
  readonly #options: RetentionOptions;
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #passing: Promise<void> | undefined;

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  /** Passes now, and from time to time. */
  start(): void {
    const pass = () => void this.pass().catch(this.#options.report);
    this.#timer = setInterval(pass, limits.retentionPass.value).unref();
    pass();
  }

  /**
   * Deletes all that is older than its period; one pass at a time. What fails keeps nothing else, and is tried again by the next one: each commit is
   * whole, and a pass begins where the former ended. Rejects with the first error when all else is done.
   */
  pass(): Promise<void> {
    this.#passing ??= this.#pass().finally(() => {
      this.#passing = undefined;
    });
    return this.#passing;
  }

  /** No pass begins any more, and the one under way has ended with its next step. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#stop.abort();
    await this.#passing?.catch(() => undefined);
  }

  async #pass(): Promise<void> {
    const { periods, clock } = this.#options;
    const { signal } = this.#stop;
    const now = clock.now();
    // What fails of one kind keeps no other from its turn.
    const failed: unknown[] = [];
    const carefully = (part: () => Promise<void>) => part().catch((error: unknown) => failed.push(error));
    const since = (period: number | undefined) => (period === undefined ? undefined : now - period);
    for (const kind of ['results', 'tasks', 'files'] as const satisfies DueKind[]) {
      const until = since(periods[kind]);
      if (until !== undefined) await carefully(() => deleteDue({ ...this.#options, signal }, kind, until));
    }
    const usage = since(periods.usage);
    if (usage !== undefined) await this.#forgetUsage(usage, carefully);
    const audit = since(periods.audit);
    if (audit !== undefined) await carefully(() => this.#forgetAudit(audit));
    await carefully(() => this.#options.blobs.forgetUnfinished());
    if (failed.length > 0) throw failed[0];
  }

  #forgetAudit(until: number): Promise<void> {
    const { store, clock } = this.#options;
    const { signal } = this.#stop;
    const isBefore = (value: Uint8Array) =>
      decodeEntries(value).every(({ microsecond }) => microsecond < until * 1000);
    return forget({ store, clock, log: AUDIT_LOG, what: 'rows of the audit log', isBefore, signal }, until);
  }

  async #forgetUsage(
    until: number,
    carefully: (part: () => Promise<void>) => Promise<unknown>,
  ): Promise<void> {
    const { store, clock } = this.#options;
    const { signal } = this.#stop;
    for await (const { key } of usedFunctions(store)) {
      const id = key.at(-1) ?? '';
      const what = `uses of ${id}`;
      await carefully(() =>
        forget({ store, clock, log: usageLog(id), what, isBefore: isUsedBefore, signal }, until),
      );
      const returned = { log: returnedUseLog(id), what: `returned ${what}` };
      await carefully(() => forget({ store, clock, ...returned, isBefore: isUsedBefore, signal }, until));
    }
  }
}

const usedFunctions = (store: Store) => store.entries(keys.usedFunctions());

const isUsedBefore = (value: Uint8Array, until: number): boolean =>
  // What the invocation wrote.
  (JSON.parse(Buffer.from(value).toString()) as UsageEntry).at < until;

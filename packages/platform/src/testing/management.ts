/** The management service over a real store and the real policies; blobs and scheduler are stand-ins. */
import { randomUUID } from 'node:crypto';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { frontend } from '@gaiwan/protocol';
import type { TrustedRoots } from '@gaiwan/provenance';
import { vi } from 'vitest';
import {
  defaultTaskLimits,
  defaultTaskMaxima,
  parseRole,
  type RoleName,
  refuse,
  type TaskRecord,
} from '../domain/index.ts';
import type { Blobs, Caller } from '../ports.ts';
import { CedarAccessControl } from '../services/access-control/index.ts';
import { createManagement, frontendConventions, type Management } from '../services/management/index.ts';
import { LocalTaskEvents } from '../services/scheduler/index.ts';
import { StoredAuditLog } from '../state/audit-log.ts';
import type { Holdings, StorageQuotas } from '../state/holdings.ts';
import { OpenAccounts } from '../state/open-accounts.ts';
import { type Calls, callsOf } from './calls.ts';
import { openTestHoldings } from './holdings.ts';
import { withoutKeys } from './signatures.ts';
import { TestStore } from './store.ts';
import { putAccounts, subjectOf } from './subjects.ts';

const access = new CedarAccessControl();

export const caller = (id: string, role: RoleName = 'DataOwner', group = id): Caller => {
  const parsed = parseRole(role, group);
  if (!parsed) throw new Error(role);
  return { id, subject: subjectOf(id), role: parsed, address: '::1' };
};

/** Who has an account in every test. */
const people = ['admin', 'ann', 'ben', 'carl', 'eve', 'vendor'];

export class ManagementTest {
  readonly stored: TestStore;
  readonly staged = vi.fn<(task: TaskRecord) => void>();
  readonly canceled = vi.fn<(task: TaskRecord) => void>();
  readonly canRun = vi.fn<(task: TaskRecord) => boolean>(() => true);
  readonly hasTwoWorkersFor = vi.fn<(task: TaskRecord) => boolean>(() => true);
  readonly able = vi.fn<(task: TaskRecord) => boolean>(() => true);
  readonly putContent = vi.fn<Blobs['putContent']>();
  readonly holdings: Holdings;
  readonly events = new LocalTaskEvents();
  readonly audit: StoredAuditLog;
  /** Each method as a function of a caller and a request, by way of the frontend's pipeline. */
  readonly management: { readonly [Part in keyof Management]: Calls<Management[Part]> };

  private constructor(stored: TestStore, holdings: Holdings, blobs?: Blobs, buildRoots?: TrustedRoots) {
    this.stored = stored;
    this.holdings = holdings;
    const { store, clock } = stored;
    const { events, staged, canceled, canRun, hasTwoWorkersFor } = this;
    this.audit = new StoredAuditLog(store);
    const management = createManagement({
      store,
      scheduler: {
        enqueue: staged,
        drop: canceled,
        canRun,
        hasTwoWorkersFor,
        hasAbleWorkerFor: this.able,
      },
      events,
      blobs:
        blobs ??
        ({
          requireUsable: async () => undefined,
          claimOutput: async () => undefined,
          refer: async () => undefined,
          release: async () => undefined,
          removeGone: () => undefined,
          putContent: this.putContent,
        } as unknown as Blobs),
      audit: this.audit,
      access,
      holdings,
      retention: {},
      ids: randomUUID,
      requireAllowedUrl: ({ origin }) => {
        if (origin !== 'https://allowed.example') throw refuse('url-not-allowed', origin);
      },
      taskLimits: defaultTaskLimits,
      taskMaxima: defaultTaskMaxima,
      buildRoots,
    });
    const accounts = new OpenAccounts(store);
    const pipeline = {
      store,
      clock,
      access,
      accounts,
      events,
      audit: this.audit,
      signatures: withoutKeys,
      conventions: frontendConventions,
    };
    this.management = {
      frontend: callsOf(management.frontend, pipeline),
      data: callsOf(management.data, pipeline),
      functions: callsOf(management.functions, pipeline),
      storage: callsOf(management.storage, pipeline),
      tasks: callsOf(management.tasks, pipeline),
      agreements: callsOf(management.agreements, pipeline),
    };
  }

  /** Blobs are stand-ins, unless they are made. */
  static async open(
    quotas: Partial<StorageQuotas> = {},
    blobs?: (stored: TestStore, holdings: Holdings) => Promise<Blobs>,
    buildRoots?: TrustedRoots,
  ): Promise<ManagementTest> {
    const stored = await TestStore.open();
    await putAccounts(
      stored.store,
      people.map((name) => subjectOf(name)),
    );
    const holdings = await openTestHoldings(stored.store, quotas);
    return new ManagementTest(stored, holdings, await blobs?.(stored, holdings), buildRoots);
  }

  close(): Promise<void> {
    return this.stored.close();
  }

  async register(
    who: Caller,
    change: MessageInitShape<typeof frontend.RegisterFunctionRequestSchema> = {},
  ): Promise<string> {
    const request = create(frontend.RegisterFunctionRequestSchema, {
      name: 'builtin-echo',
      executorType: 'builtin',
      usageQuota: -1,
      ...change,
    });
    return (await this.management.frontend.registerFunction(who, request)).functionId as string;
  }

  /** `inputs` and `outputs`: who owns which slot. */
  async createTask(
    who: Caller,
    functionId: string,
    inputs: Record<string, string> = {},
    outputs: Record<string, string> = {},
  ): Promise<string> {
    const owners = (slots: Record<string, string>) =>
      Object.entries(slots).map(([dataName, uid]) => ({ dataName, uids: [uid] }));
    const request = create(frontend.CreateTaskRequestSchema, {
      functionId,
      functionArguments: '{}',
      executor: 'builtin',
      inputsOwnership: owners(inputs),
      outputsOwnership: owners(outputs),
    });
    return (await this.management.frontend.createTask(who, request)).taskId as string;
  }

  /** An output of this owner under this IV. */
  async output(who: Caller, iv: number): Promise<string> {
    const request = create(frontend.RegisterOutputFileRequestSchema, {
      url: 'https://allowed.example/out',
      cryptoInfo: { schema: 'aes-gcm-128', key: new Uint8Array(16), iv: new Uint8Array(12).fill(iv) },
    });
    return (await this.management.frontend.registerOutputFile(who, request)).dataId as string;
  }
}

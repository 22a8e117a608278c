/** The order of a call's steps, and what each of them keeps from happening. */
import type { Store } from '@gaiwan/store';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EVENT_LOG, encodeRecord } from '../domain/index.ts';
import { type PlatformError, refuse } from '../errors.ts';
import type { AccessControl, AccessQuestion, Caller } from '../ports.ts';
import { OpenAccounts } from '../state/open-accounts.ts';
import { auditedIn, NotedAudit } from '../testing/audit.ts';
import { FaultyStore } from '../testing/faulty-store.ts';
import { withoutKeys } from '../testing/signatures.ts';
import { TestStore } from '../testing/store.ts';
import { putAccounts, subjectOf } from '../testing/subjects.ts';
import { newTask } from '../testing/tasks.ts';
import { command, query, stream } from './method.ts';
import { type ApiConventions, Pipeline } from './pipeline.ts';
import type { SignatureCheck } from './signatures.ts';
import type { Resource } from './spec.ts';

const ann: Caller = {
  id: 'ann',
  subject: subjectOf('ann'),
  role: { name: 'DataOwner', attribute: 'bank' },
  address: '10.0.0.1',
};
const conventions: ApiConventions = { gate: true, codes: { 'authentication-failed': 'credentials-refused' } };
const KEY = ['test', 'record'];
const task = newTask();
const signal = new AbortController().signal;

let stored: TestStore;
let accounts: OpenAccounts;
/** What happened, in order. */
let happened: string[];
/** Of what has no commit. */
let audit: NotedAudit;
/** Actions that are refused: `Do` at the gate, `Do Data` on the resource. */
let denied: Set<string>;
let authenticates: boolean;
/** Where commits go. */
let commits: Pick<Store, 'commit'>;
/** Runs when a transaction is about to be committed. */
let beforeCommit: (() => Promise<void>) | undefined;

beforeEach(async () => {
  stored = await TestStore.open();
  await putAccounts(stored.store, [ann.subject]);
  accounts = new OpenAccounts(stored.store);
  happened = [];
  audit = new NotedAudit(() => happened.push('audit'));
  denied = new Set();
  authenticates = true;
  beforeCommit = undefined;
  commits = stored.store;
});
afterEach(() => stored.close());

/** Notes commits, and lets a test come in between. */
const watchedStore = (): Store => ({
  ...watched(stored.store),
  async commit(batch) {
    await beforeCommit?.();
    try {
      await commits.commit(batch);
      happened.push('commit');
    } catch (error) {
      happened.push('conflict');
      throw error;
    }
  },
});
const watched = (store: Store): Omit<Store, 'commit'> => ({
  get: (key) => store.get(key),
  getMany: (all) => store.getMany(all),
  scan: (prefix, page) => store.scan(prefix, page),
  entries: (prefix) => store.entries(prefix),
  anchored: () => store.anchored(),
  queue: (queue) => store.queue(queue),
  log: (log, page) => store.log(log, page),
  logLength: (log) => store.logLength(log),
  close: () => store.close(),
});

const nameOf = ({ action, resource }: AccessQuestion) => (resource ? `${action} ${resource.type}` : action);
const access: AccessControl = {
  require(question) {
    happened.push(`access: ${nameOf(question)}`);
    if (denied.has(nameOf(question))) throw refuse('access-denied', 'no');
  },
  permits: (question) => !denied.has(nameOf(question)),
};

const pipelineWith = (signatures: SignatureCheck = withoutKeys) =>
  new Pipeline({
    store: watchedStore(),
    clock: stored.clock,
    access,
    authenticator: {
      async authenticate(id) {
        happened.push('authenticate');
        if (!authenticates || id !== ann.id) throw refuse('authentication-failed', 'no');
        return ann;
      },
    },
    accounts,
    events: { publish: ({ id }) => happened.push(`publish ${id}`) },
    audit,
    signatures,
    conventions,
  });

const resource: Resource<string, { readonly count: number }> = {
  load: async (read) => {
    happened.push('load');
    return (await read.record<{ count: number }>(KEY)) ?? { count: 0 };
  },
  facts: () => [{ type: 'Data', id: 'input-1', owners: [ann.subject] }],
};
const count = command<'Do', string, { readonly count: number }, number>({
  action: 'Do',
  resource,
  run: async ({ tx, resource: { count: before }, request }) => {
    happened.push('run');
    if (request === 'bad') throw refuse('bad-digest', 'no');
    tx.put(KEY, { count: before + 1 });
    return {
      reply: before + 1,
      event: { type: 'counted' },
      task,
      afterwards: () => void happened.push('afterwards'),
    };
  },
});

const incoming = {
  header: (name: string) => (name === 'id' ? 'ann' : ''),
  bytes: () => new Uint8Array(),
  address: ann.address,
  signal,
};
const call = (request = 'good', signatures?: SignatureCheck) =>
  pipelineWith(signatures).callUnary(count, request, incoming);
const refused = (code: PlatformError['code']) => expect.objectContaining({ code });
const events = async () =>
  (await stored.store.log(EVENT_LOG)).map(({ value }) => JSON.parse(Buffer.from(value).toString()));
const user = '{ user: ann, role: DataOwner("bank") }';
const line = (message: string, result: boolean, who = user) => ({
  microsecond: stored.clock.time * 1000,
  address: '10.0.0.1',
  user: who,
  ...(who !== '' && { subject: ann.subject }),
  message,
  result,
});
const audited = async () => [...(await auditedIn(stored.store)), ...audit.entries];
/** Nothing of the call's is left but its line in the audit log. */
async function expectNothing(): Promise<void> {
  expect(await events()).toEqual([]);
  expect(await stored.store.get(KEY)).toBeUndefined();
  expect(happened).not.toContain('commit');
  expect(happened.filter((what) => what.startsWith('publish') || what === 'afterwards')).toEqual([]);
  expect(await auditedIn(stored.store)).toEqual([]);
  expect(audit.lines).toHaveLength(1);
}

describe('a command', () => {
  it('takes its steps in this order', async () => {
    const verify: SignatureCheck['verify'] = ({ action, request }) => {
      expect(request).toBe('good');
      happened.push(`signature: ${action}`);
      return { by: 'password' };
    };
    expect(await call('good', { verify })).toBe(1);
    expect(happened).toEqual([
      'authenticate',
      'access: Do',
      'load',
      'access: Do Data',
      'signature: Do',
      'run',
      'commit',
      `publish ${task.id}`,
      'afterwards',
    ]);
    expect(await events()).toEqual([{ at: stored.clock.time, type: 'counted', by: ann.subject }]);
    expect(await auditedIn(stored.store)).toEqual([line('do', true)]);
    expect(audit.lines).toEqual([]);
  });

  it('of somebody who is not who they say does nothing', async () => {
    authenticates = false;
    await expect(call()).rejects.toEqual(refused('credentials-refused'));
    await expectNothing();
    expect(audit.lines).toEqual([
      {
        entry: line('authenticate to do: authentication failed', false, ''),
        from: 'stranger',
        kind: 'do 10.0.0.1',
      },
    ]);
    expect(happened).toEqual(['authenticate', 'audit']);
  });

  it('that the role may not call does nothing', async () => {
    denied.add('Do');
    await expect(call()).rejects.toEqual(refused('access-denied'));
    await expectNothing();
    expect(audit.entries).toEqual([{ ...line('authenticate to do', false, ''), subject: ann.subject }]);
    expect(happened).toEqual(['authenticate', 'access: Do', 'audit']);
  });

  it('that is denied on its resource does nothing', async () => {
    denied.add('Do Data');
    await expect(call()).rejects.toEqual(refused('access-denied'));
    await expectNothing();
    expect(audit.entries).toEqual([line('do:permission denied', false)]);
    expect(happened).not.toContain('run');
  });

  it('whose signature is not good does nothing', async () => {
    const verify = () => {
      throw refuse('manifest-changed', 'no');
    };
    await expect(call('good', { verify })).rejects.toEqual(refused('manifest-changed'));
    await expectNothing();
    expect(happened).not.toContain('run');
  });

  it('that refuses its request does nothing', async () => {
    await expect(call('bad')).rejects.toEqual(refused('bad-digest'));
    await expectNothing();
  });

  it('that the store does not take publishes nothing', async () => {
    beforeCommit = () => Promise.reject(new Error('the disk is on fire'));
    await expect(call()).rejects.toThrow('the disk is on fire');
    beforeCommit = undefined;
    await expectNothing();
    expect(audit.entries).toEqual([line('do:service internal error', false)]);
  });

  it('that is written and not acknowledged is not answered, and takes effect all the same', async () => {
    const faulty = new FaultyStore(stored.store);
    faulty.fail('written');
    commits = faulty;
    await expect(call()).rejects.toMatchObject({ code: 'anchor-unavailable' });
    expect(await events()).toHaveLength(1);
    expect(happened.slice(-3)).toEqual([`publish ${task.id}`, 'afterwards', 'audit']);
    // It was done, and its caller was not told so.
    expect(await audited()).toEqual([line('do', true), line('do:service internal error', false)]);
  });

  it('is tried again after a conflict, authorised anew, and has one event', async () => {
    let others = 2;
    beforeCommit = async () => {
      if (others-- > 0)
        await stored.store.commit({ put: [{ key: KEY, value: encodeRecord({ count: 10 }) }] });
    };
    expect(await call()).toBe(11);
    const steps = ['load', 'access: Do Data', 'run'];
    expect(happened).toEqual([
      'authenticate',
      'access: Do',
      ...steps,
      'conflict',
      ...steps,
      'conflict',
      ...steps,
      'commit',
      `publish ${task.id}`,
      'afterwards',
    ]);
    expect(await events()).toHaveLength(1);
    expect(await audited()).toEqual([line('do', true)]);
  });

  it('that is tried again is asked for its signature once', async () => {
    let others = 2;
    beforeCommit = async () => {
      if (others-- > 0)
        await stored.store.commit({ put: [{ key: KEY, value: encodeRecord({ count: 10 }) }] });
    };
    const verify = vi.fn<SignatureCheck['verify']>(() => ({ by: 'password' }));
    expect(await call('good', { verify })).toBe(11);
    expect(verify).toHaveBeenCalledTimes(1);
  });

  it('that loses its right between two tries does nothing', async () => {
    beforeCommit = async () => {
      denied.add('Do Data');
      await stored.store.commit({ put: [{ key: ['test', 'other'], value: Buffer.from('') }] });
      await stored.store.commit({ put: [{ key: KEY, value: encodeRecord({ count: 10 }) }] });
    };
    await expect(call()).rejects.toEqual(refused('access-denied'));
    expect(await events()).toEqual([]);
    expect(happened.filter((what) => what.startsWith('publish'))).toEqual([]);
    expect(await audited()).toEqual([line('do:permission denied', false)]);
  });

  it('does what costs much, or cannot be taken back, once', async () => {
    const works: number[] = [];
    const slow = command<'Do', string, { readonly count: number }, number>({
      action: 'Do',
      resource,
      run: async ({ tx, once }) => {
        const number = await once(async () => works.push(works.length));
        tx.put(['test', 'number'], { number });
        return { reply: number };
      },
    });
    let others = 2;
    beforeCommit = async () => {
      if (others-- > 0) await stored.store.commit({ put: [{ key: KEY, value: encodeRecord({ count: 1 }) }] });
    };
    expect(await pipelineWith().callUnary(slow, '', incoming)).toBe(1);
    expect(works).toEqual([0]);
    expect(happened.filter((what) => what === 'conflict')).toHaveLength(2);
  });

  it('that is refused under another code of its API says all that the refusal said', async () => {
    const details = { policyId: 'p', subjects: ['ben'], platformTime: 7, retryAfterMs: 1500 };
    const waits = command<'Do', string, { readonly count: number }, number>({
      action: 'Do',
      resource,
      run: () => {
        throw refuse('authentication-failed', 'wait', details);
      },
    });
    const answer = pipelineWith().callUnary(waits, '', incoming);
    await expect(answer).rejects.toMatchObject({ code: 'credentials-refused', message: 'wait', ...details });
  });

  it('that finds no place is refused on its headers, with a line', async () => {
    const pipeline = pipelineWith();
    const full = () => {
      throw refuse('too-many-calls', 'wait');
    };
    await expect(pipeline.admit('Do', incoming, full)).rejects.toEqual(refused('too-many-calls'));
    expect(audit.lines).toHaveLength(1);
    const entered: string[] = [];
    await pipeline.admit('Do', incoming, (subject) => void entered.push(subject));
    expect(entered).toHaveLength(1);
    expect(audit.lines).toHaveLength(1);
  });
});

describe('a query', () => {
  const look = query<'Look', string, { readonly count: number }, boolean[]>({
    action: 'Look',
    resource,
    run: ({ permits }) => [permits('LookCloser'), permits('LookAway')],
  });

  it('commits nothing, and may ask what else is permitted', async () => {
    denied.add('LookAway Data');
    expect(await pipelineWith().callUnary(look, '', incoming)).toEqual([true, false]);
    expect(happened).toEqual(['authenticate', 'access: Look', 'load', 'access: Look Data', 'audit']);
  });

  it('that fails while permission is asked for is no denial', async () => {
    const broken = {
      ...access,
      permits: () => {
        throw new Error('no policies');
      },
    };
    const options = {
      store: stored.store,
      clock: stored.clock,
      access: broken,
      accounts,
      events: { publish: () => undefined },
      signatures: withoutKeys,
      audit,
    };
    const authenticator = { authenticate: async () => ann };
    const pipeline = new Pipeline({ ...options, authenticator, conventions });
    await expect(pipeline.callUnary(look, '', incoming)).rejects.toThrow('no policies');
  });
});

describe('a stream', () => {
  const numbers = stream<'Follow', string, { readonly count: number }, number>({
    action: 'Follow',
    resource,
    async *run({ request }) {
      yield 1;
      if (request === 'bad') throw refuse('bad-digest', 'no');
      yield 2;
    },
  });
  const follow = async (request: string, most = 9) => {
    const found: number[] = [];
    for await (const number of pipelineWith().callStream(numbers, request, incoming)) {
      found.push(number);
      if (found.length === most) break;
    }
    return found;
  };

  it('is authorised before its first answer, with which it leaves its line', async () => {
    expect(await follow('good')).toEqual([1, 2]);
    expect(happened).toEqual(['authenticate', 'access: Follow', 'load', 'access: Follow Data', 'audit']);
    expect(audit.entries).toEqual([line('follow', true)]);
  });

  it('that is denied leaves one line, and that fails after its first answer two', async () => {
    await expect(follow('bad')).rejects.toEqual(refused('bad-digest'));
    expect(audit.entries).toEqual([line('follow', true), line('follow:no', false)]);
    denied.add('Follow Data');
    await expect(follow('good')).rejects.toEqual(refused('access-denied'));
    expect(audit.entries.slice(2)).toEqual([line('follow:permission denied', false)]);
  });

  it("ends with its caller's account: what comes later is not seen, and it is no end of its own", async () => {
    const seen: number[] = [];
    const followed = (async () => {
      for await (const number of pipelineWith().callStream(numbers, 'good', incoming)) {
        seen.push(number);
        accounts.end(ann.subject);
      }
    })();
    await expect(followed).rejects.toEqual(refused('credentials-refused'));
    expect(seen).toEqual([1]);
    await putAccounts(stored.store, [subjectOf('ann', 1)]);
    await expect(follow('good')).rejects.toEqual(refused('credentials-refused'));
  });

  it('whose reader goes has left its line', async () => {
    expect(await follow('good', 1)).toEqual([1]);
    expect(audit.entries).toEqual([line('follow', true)]);
  });
});

it('a method of an API without a gate is still asked about, also where it works on nothing', async () => {
  const nothing: Resource<unknown, undefined> = { load: () => undefined, facts: () => [] };
  const bare = query<'Do', string, undefined, number>({ action: 'Do', resource: nothing, run: () => 1 });
  const options = {
    store: stored.store,
    clock: stored.clock,
    access,
    accounts,
    events: { publish: () => undefined },
    signatures: withoutKeys,
    audit,
  };
  const authenticator = { authenticate: async () => ann };
  const pipeline = new Pipeline({
    ...options,
    authenticator,
    conventions: { gate: false, codes: { 'access-denied': 'user-access-denied' } },
  });
  denied.add('Do');
  await expect(pipeline.callUnary(bare, '', incoming)).rejects.toEqual(refused('user-access-denied'));
});

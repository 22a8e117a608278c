/** One attacker, with every method on everything of a bank's. */
import { create, type DescMessage } from '@bufbuild/protobuf';
import { authorityOfMethod, SIGNATURE_HEADER, TaskStatus, taskStatusName } from '@gaiwan/protocol';
import { statementOf, TestKey } from '../../../packages/platform/src/testing/keys.ts';
import { attemptsOn, type Loot, type Method, type Request } from './attempts.ts';
import type { Bank } from './bank.ts';
import { publicMethods, type ServedMethod, type Told, type Wire } from './wire.ts';

export interface Session {
  readonly id: string;
  readonly token: string;
  /** Of an account that holds a key: what a statement of it names. The attacker has a key of its own to sign with. */
  readonly subject?: string;
}

export interface Attack {
  readonly wire: Wire;
  readonly bank: Bank;
  readonly session: Session;
  readonly thiefId: string;
  readonly instance: string;
}

export interface Outcome {
  /** What came back of each method, each answer once. */
  readonly codes: Readonly<Record<string, readonly string[]>>;
  /** Which secrets were in what came back, by method. Nothing where there was none. */
  readonly learnt: Readonly<Record<string, readonly string[]>>;
  /** Tasks that had begun though nobody of theirs wanted it, after calls of which method. */
  readonly ran: readonly string[];
  readonly calls: number;
}

const key = new TestKey();

/** With the attacker's own signature in the account's name, where the method wants one. */
function signed(
  { method: { name, input } }: ServedMethod,
  request: Request,
  attack: Attack,
): string | undefined {
  const { subject } = attack.session;
  const wanted = authorityOfMethod(name)?.signature;
  if (subject === undefined || (wanted !== 'required' && wanted !== 'for results')) return undefined;
  const where = { instance: attack.instance, subject, time: Date.now() - 1000 };
  return key.text(statementOf(name, input, create<DescMessage>(input, request), where));
}

/** How far each task of the bank's may be, and has it gone further? */
async function begun({ wire, bank, session }: Attack): Promise<string[]> {
  const { ended, underWay } = bank.tasks;
  const still: readonly number[] = [
    TaskStatus.Created,
    TaskStatus.DataAssigned,
    TaskStatus.Approved,
    TaskStatus.Canceled,
  ];
  const list = publicMethods.find(({ method }) => method.name === 'ListTasks');
  if (list === undefined) throw new Error('there is no ListTasks');
  const own = await wire.call(list, { id: session.id, token: session.token }, { pageSize: 200 });
  // Of a ListTasks, where it was answered.
  const { items = [] } = (own.message ?? {}) as { items?: { taskId: string; status: number }[] };
  const seen = [...(await bank.other.tasks.list({ pageSize: 200 })).items, ...items];
  return seen
    .filter(({ taskId, status }) => {
      if (taskId === ended) return status !== TaskStatus.Finished;
      // The bank itself invoked it, and it never ends.
      if (taskId === underWay) return status === TaskStatus.Finished;
      return !still.includes(status);
    })
    .map(({ taskId, status }) => {
      const [name = taskId] = Object.entries(bank.tasks).find(([, id]) => id === taskId) ?? [];
      return `${name} is ${taskStatusName(status)}`;
    });
}

class Notes {
  readonly codes: Record<string, string[]> = {};
  readonly learnt: Record<string, string[]> = {};
  calls = 0;

  take(name: string, { code, bytes }: Told, { markers }: Bank): void {
    this.calls++;
    this.codes[name] = [...new Set([...(this.codes[name] ?? []), code])];
    const found = markers.foundIn(bytes);
    if (found.length > 0) this.learnt[name] = [...new Set([...(this.learnt[name] ?? []), ...found])];
  }
}

/** What one call brings in that the next can use. */
function keep(loot: Loot, name: string, { code, message }: Told): void {
  if (code !== 'ok') return;
  // Of the methods that are named.
  if (name === 'CreateTask') loot.taskId = (message as { taskId: string }).taskId;
  if (name === 'CreateUpload') loot.capability = (message as { capability: string }).capability;
}

/** The ciphertext itself, which nobody gets without the bank's capability. */
async function blobs({ wire, bank, session }: Attack, loot: Loot, notes: Notes): Promise<void> {
  const bearers = ['', `Bearer ${session.token}`, `Bearer ${loot.capability}`, 'Bearer read.9999999999.AAAA'];
  for (const path of [bank.downloadPath, bank.uploadPath])
    for (const authorization of bearers) {
      notes.take('GET /blobs/ID', await wire.http('GET', path, { authorization }), bank);
      const put = { authorization, 'gaiwan-offset': '0' };
      notes.take('PUT /blobs/ID', await wire.http('PUT', path, put, 'evil!'), bank);
    }
}

export async function attackBy(attack: Attack): Promise<Outcome> {
  const { wire, bank, session, thiefId } = attack;
  const notes = new Notes();
  const ran = new Set<string>();
  const loot: Loot = { taskId: 'task-none', capability: '', thiefId };
  const { id, token } = session;
  // The names of a table of methods are methods.
  for (const name of Object.keys(attemptsOn(bank, loot)) as Method[]) {
    for (const served of publicMethods.filter(({ method }) => method.name === name))
      for (const request of attemptsOn(bank, loot)[name])
        for (const signature of new Set([undefined, signed(served, request, attack)])) {
          const told = await wire.call(
            served,
            { id, token, ...(signature !== undefined && { [SIGNATURE_HEADER]: signature }) },
            request,
          );
          notes.take(name, told, bank);
          keep(loot, name, told);
        }
    // What has begun stays begun, so it is enough to look once after all calls of a method.
    for (const task of await begun(attack)) ran.add(`${name}: ${task}`);
    // While uploads of its own are open, and before anything is ended.
    if (name === 'CreateUpload') await blobs(attack, loot, notes);
  }
  return { codes: notes.codes, learnt: notes.learnt, ran: [...ran], calls: notes.calls };
}

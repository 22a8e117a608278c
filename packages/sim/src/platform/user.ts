/** Somebody who uses the platform as clients do: calls again where no answer came, and logs in again where the session is over. */
import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { type FileKey, GcmEncryptor } from '@gaiwan/files';
import { authentication, frontend, gaiwan } from '@gaiwan/protocol';
import type { FaultKind } from '../physics/faults.ts';
import type { Random } from '../physics/random.ts';
import { ConnectionLost } from '../world/network.ts';
import type { World } from '../world/world.ts';
import { FAILS } from './executor.ts';
import type { Done, Journal, OutputStory, TaskStory } from './journal.ts';
import { type Machine, NotServed, type Session, Told, type Unary } from './machine.ts';

const { method: calls } = frontend.TeaclaveFrontend;
const { method: dataCalls } = gaiwan.DataService;

/** What a call came to; `isCertain`: whether one of the attempts before may have done it, too. */
export type Answer<T> =
  | { readonly value: T }
  | { readonly refused: Told; readonly isCertain: boolean }
  | { readonly unheard: true };

/** How often somebody tries, and the milliseconds between. */
const TRIES = 12;
const PAUSE = 2500;
/** What passes by itself. */
const PASSING: ReadonlySet<string> = new Set(['busy', 'disk-full']);
const SESSION_OVER = 'credentials-refused';
const UNFORESEEN = 'internal';
/** What leaves open whether it was done. */
const UNCERTAIN: ReadonlySet<string> = new Set([UNFORESEEN, 'anchor-unavailable', 'stopping']);
const BREAKS_DISKS: readonly FaultKind[] = ['read error', 'write error', 'sync error'];

export interface UserOptions {
  readonly id: string;
  readonly password: string;
  readonly world: World;
  readonly machine: Machine;
  readonly journal: Journal;
  readonly random: Random;
  /** Called after each answer: where it is the last thing that a process does, it has to be durable. */
  readonly onAnswer: () => void;
}

export class User {
  readonly id: string;
  readonly #options: UserOptions;
  /** Sessions that it has had. */
  logins = 0;
  #session: Session | undefined;
  #named = 0;

  constructor(options: UserOptions) {
    this.id = options.id;
    this.#options = options;
  }

  /** Until it is answered, or refused for a reason that stays. @throws what has no code */
  async ask<I extends DescMessage, O extends DescMessage>(
    method: Unary<I, O>,
    request: MessageInitShape<I>,
  ): Promise<Answer<MessageShape<O>>> {
    const { world, journal } = this.#options;
    const count = journal.calls(this.id, method.name);
    let isCertain = true;
    const doubled = () => world.faults.counts.get('doubled message') ?? 0;
    const doubledBefore = doubled();
    for (let left = TRIES; left > 0; left--) {
      try {
        const session = await this.#loggedIn();
        const value = await this.#options.machine.call(method, request, session);
        count.acknowledged++;
        world.tell(`${this.id} ${method.name}: done`);
        this.#options.onAnswer();
        return { value };
      } catch (error) {
        world.tell(`${this.id} ${method.name}: ${error instanceof Told ? error.code : String(error)}`);
        if (error instanceof ConnectionLost || (error instanceof Told && UNCERTAIN.has(error.code))) {
          count.perhaps++;
          isCertain = false;
          this.#requireReason(error);
        } else if (error instanceof Told && error.code === SESSION_OVER) this.#session = undefined;
        else if (error instanceof Told && !PASSING.has(error.code))
          // Of two requests it may be the answer to the second.
          return { refused: error, isCertain: isCertain && doubled() === doubledBefore };
        else if (!(error instanceof Told || error instanceof NotServed)) throw error;
      }
      await world.loop.sleep(PAUSE * (0.5 + this.#options.random.below(100) / 100));
    }
    return { unheard: true };
  }

  /** That something unforeseen failed is right where the disk did, and nowhere else. */
  #requireReason(error: Error): void {
    if (!(error instanceof Told && error.code === UNFORESEEN)) return;
    const { counts } = this.#options.world.faults;
    if (!BREAKS_DISKS.some((kind) => counts.has(kind))) throw error;
  }

  /** As `ask`; undefined unless it was answered. */
  async get<I extends DescMessage, O extends DescMessage>(
    method: Unary<I, O>,
    request: MessageInitShape<I>,
  ): Promise<MessageShape<O> | undefined> {
    const answer = await this.ask(method, request);
    return 'value' in answer ? answer.value : undefined;
  }

  async #loggedIn(): Promise<Session> {
    if (this.#session) return this.#session;
    const { machine, password } = this.#options;
    const login = authentication.TeaclaveAuthenticationApi.method.userLogin;
    const { token } = await machine.call(login, { id: this.id, password }, undefined);
    this.#session = { id: this.id, token };
    this.logins++;
    return this.#session;
  }

  /** Makes a task that has no files, and has it run. */
  async runEcho(functionId: string, given: string = this.#arguments()): Promise<void> {
    const request = { functionId, functionArguments: given, executor: 'builtin' };
    const made = await this.get(calls.createTask, request);
    if (made) await this.#bringOn({ id: made.taskId, by: this.id, function: functionId, given });
  }

  /** Makes one with an input and an output, and has it run. `output`: of another task, perhaps. */
  async runSum(functionId: string, output?: OutputStory): Promise<OutputStory | undefined> {
    const { random } = this.#options;
    const content = `content ${this.#name()}`;
    const inputId = await (random.chance(0.3) ? this.#upload(content) : this.#inline(content));
    const to = output ?? (await this.#output());
    if (inputId === undefined || !to) return undefined;
    const given = this.#arguments();
    const mine = (dataName: string) => [{ dataName, uids: [this.id] }];
    const request = {
      functionId,
      functionArguments: given,
      executor: 'builtin',
      inputsOwnership: mine('in'),
      outputsOwnership: mine('out'),
    };
    const made = await this.get(calls.createTask, request);
    if (!made) return undefined;
    const { taskId } = made;
    const inputs = [{ dataName: 'in', dataId: inputId }];
    const outputs = [{ dataName: 'out', dataId: to.id }];
    await this.ask(calls.assignData, { taskId, inputs, outputs });
    const story = { id: taskId, by: this.id, function: functionId, given, input: content, output: to };
    await this.#bringOn(story);
    return to;
  }

  /** An upload that is begun, and given up. */
  async discardOne(): Promise<void> {
    const made = await this.get(dataCalls.createUpload, { name: this.#name(), size: 5n });
    if (made) await this.ask(dataCalls.discardUpload, { url: made.url });
  }

  async #bringOn(story: Omit<TaskStory, 'invoked' | 'canceled'>): Promise<void> {
    const { journal, random, world } = this.#options;
    const task: TaskStory = { ...story, invoked: 'no', canceled: 'no' };
    journal.tasks.push(task);
    const { id: taskId } = task;
    await this.ask(calls.approveTask, { taskId });
    task.invoked = doneOf(await this.ask(calls.invokeTask, { taskId }));
    if (!random.chance(0.15)) return;
    await world.loop.sleep(random.below(5000));
    task.canceled = doneOf(await this.ask(calls.cancelTask, { taskId }));
  }

  async #inline(content: string): Promise<string | undefined> {
    const { bytes, ...crypto } = this.#encrypted(content);
    const url = `data:text/plain;base64,${bytes.toString('base64')}`;
    return this.#registered(url, crypto);
  }

  async #upload(content: string): Promise<string | undefined> {
    const { bytes, ...crypto } = this.#encrypted(content);
    const made = await this.get(dataCalls.createUpload, { name: this.#name(), size: BigInt(bytes.length) });
    if (!made) return undefined;
    for (let left = TRIES; left > 0; left--) {
      try {
        const { path, capability } = made;
        const { status } = await this.#options.machine.file({ method: 'PUT', path, capability, body: bytes });
        this.#options.world.tell(`${this.id} PUT: ${status}`);
        // 409: an attempt before, whose answer was lost.
        if (status === 200 || status === 409) {
          if (status === 200) {
            this.#options.journal.uploads.push({ url: made.url, by: this.id });
            this.#options.onAnswer();
          }
          return await this.#registered(made.url, crypto);
        }
      } catch (error) {
        this.#options.world.tell(`${this.id} PUT: ${String(error)}`);
      }
      await this.#options.world.loop.sleep(PAUSE);
    }
    return undefined;
  }

  async #registered(url: string, { key, iv, tag }: Crypto & { readonly tag: Uint8Array }) {
    const cryptoInfo = { schema: 'aes-gcm-128', key, iv };
    const made = await this.get(calls.registerInputFile, { url, cmac: tag, cryptoInfo });
    if (made) this.#options.journal.data.push({ id: made.dataId, by: this.id });
    return made?.dataId;
  }

  async #output(): Promise<OutputStory | undefined> {
    const name = this.#name();
    const made = await this.get(dataCalls.createOutput, { name });
    if (!made) return undefined;
    const { key, iv } = this.#crypto();
    const isTeaclaves = this.#options.random.chance(0.5);
    const fileKey: FileKey = isTeaclaves
      ? { scheme: 'teaclave-file-128', key }
      : { scheme: 'aes-gcm-128', key, iv };
    const cryptoInfo = { schema: fileKey.scheme, key, ...(!isTeaclaves && { iv }) };
    const answer = await this.get(calls.registerOutputFile, { url: made.url, cryptoInfo });
    if (!answer) return undefined;
    this.#options.journal.data.push({ id: answer.dataId, by: this.id });
    return { id: answer.dataId, key: fileKey, name };
  }

  #crypto(): Crypto {
    const [key, iv] = [new Uint8Array(16), new Uint8Array(12)];
    this.#options.random.fill(key);
    this.#options.random.fill(iv);
    return { key, iv };
  }

  #encrypted(content: string): Crypto & { readonly bytes: Buffer; readonly tag: Uint8Array } {
    const { key, iv } = this.#crypto();
    const encryptor = new GcmEncryptor({ scheme: 'aes-gcm-128', key, iv });
    const sealed = encryptor.update(Buffer.from(content));
    const tag = encryptor.finish();
    return { key, iv, tag, bytes: Buffer.concat([sealed, tag]) };
  }

  #arguments(): string {
    const word = this.#options.random.chance(0.1) ? FAILS : 'works';
    return JSON.stringify({ n: `${word} ${this.#name()}` });
  }

  #name(): string {
    return `${this.id}-${++this.#named}`;
  }
}

interface Crypto {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
}

function doneOf(answer: Answer<unknown>): Done {
  if ('value' in answer) return 'yes';
  return 'unheard' in answer || !answer.isCertain ? 'perhaps' : 'no';
}

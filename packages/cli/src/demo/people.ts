/** The people of the story. Each has a connection, a folder, a password and keys of its own. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type ConfirmedPlatform,
  connect,
  fileSigner,
  type Gaiwan,
  keyIdOf,
  makeKeyFile,
  type ServiceTrust,
  type Signer,
} from '@gaiwan/client';
import type { FileKey, Scheme } from '@gaiwan/files';

export interface Address {
  readonly authentication: string;
  readonly frontend: string;
  readonly trust: ServiceTrust;
}

export interface Person {
  readonly id: string;
  readonly client: Gaiwan;
  readonly folder: string;
  /** The id of the key that its account acts with. */
  readonly keyId: string;
  /** The last that its key has signed, in hex. */
  readonly lastSignature: () => string;
}

/** What somebody found the services to be before anything was sent to them. */
export interface Found {
  readonly authentication: ConfirmedPlatform;
  readonly frontend: ConfirmedPlatform;
}

export function freshPassword(): string {
  return randomBytes(12).toString('base64url');
}

export interface Arrival {
  readonly id: string;
  readonly firstPassword: string;
  readonly folder: string;
  readonly tell: (found: Found) => void;
}

/**
 * Looks first, tells what it found, and only then logs in: with a key of its own, and a new password, which the operator does not know.
 */
export async function arrive(
  address: Address,
  { id, firstPassword, folder, tell }: Arrival,
): Promise<Person> {
  await mkdir(folder, { mode: 0o700 });
  await chmod(folder, 0o700);
  const client = await connect(address);
  tell(await client.verify());
  const keyFile = join(folder, 'key.pem');
  await makeKeyFile(keyFile);
  const own = await fileSigner(keyFile);
  let signed = '';
  const signer: Signer = {
    ...own,
    async sign(bytes) {
      const signature = await own.sign(bytes);
      signed = Buffer.from(signature).toString('hex');
      return signature;
    },
  };
  const { recoveryCode } = await client.login(id, firstPassword, { signer });
  if (!recoveryCode) throw new Error(`${id} had a key already`);
  const password = freshPassword();
  await client.users.changePassword(password);
  await client.login(id, password, { signer });
  return { id, client, folder, keyId: keyIdOf(signer), lastSignature: () => signed };
}

function freshKey(scheme: Scheme): FileKey {
  const key = randomBytes(scheme === 'aes-gcm-256' ? 32 : 16);
  return scheme === 'teaclave-file-128' ? { scheme, key } : { scheme, key, iv: randomBytes(12) };
}

export class Bank {
  readonly person: Person;
  readonly name: string;
  readonly scheme: Scheme;
  readonly #list: URL;
  readonly #outputKey: FileKey;
  #tag = '';
  inputId = '';
  outputId = '';

  constructor(person: Person, name: string, scheme: Scheme, list: URL) {
    this.person = person;
    this.name = name;
    this.scheme = scheme;
    this.#list = list;
    this.#outputKey = freshKey(scheme);
  }

  get id(): string {
    return this.person.id;
  }

  /** Encrypts the list, uploads and registers it, and reserves a place for the result. */
  async handIn(): Promise<{ rows: number; bytes: number; tag: string; ms: number }> {
    const started = performance.now();
    const path = fileURLToPath(this.#list);
    const { data } = this.person.client;
    const input = await data.encryptAndUpload({ path, name: 'customers.enc', key: freshKey(this.scheme) });
    this.inputId = input.dataId;
    this.#tag = Buffer.from(input.tag).toString('hex');
    this.outputId = await data.createOutput({ name: 'common.enc', key: this.#outputKey });
    const ms = performance.now() - started;
    const rows = (await readFile(path, 'utf8')).trimEnd().split('\n').length;
    return { rows, bytes: (await stat(path)).size, tag: this.#tag, ms };
  }

  async assign(taskId: string, index: number): Promise<void> {
    await this.person.client.tasks.assign(taskId, {
      inputs: { [`input_data${index}`]: this.inputId },
      outputs: { [`output_data${index}`]: this.outputId },
    });
  }

  /** Looks before it approves: its own file, unchanged, and the function it was told about. Returns its signature. */
  async approve(taskId: string, index: number): Promise<string> {
    const { manifest, digest } = await this.person.client.tasks.manifest(taskId);
    const mine = manifest.inputs.find(({ slot }) => slot === `input_data${index}`);
    if (mine?.tag !== this.#tag || manifest.function.name !== 'builtin-private-join-and-compute') {
      throw new Error(`${this.name} is asked to approve something else than it expected`);
    }
    await this.person.client.tasks.approve(taskId, digest, { requireKeys: true });
    return this.person.lastSignature();
  }

  /** Downloads and decrypts the result, and checks it against the tag in the task's result. */
  async fetchResult(taskId: string, index: number): Promise<string> {
    const { client, folder } = this.person;
    const { tags } = await client.tasks.result(taskId);
    const tag = tags[`output_data${index}`];
    if (!tag) throw new Error('the task has no result for this bank');
    const path = join(folder, 'common.txt');
    await client.data.download(this.outputId, path, this.#outputKey, { tag });
    return readFile(path, 'utf8');
  }
}

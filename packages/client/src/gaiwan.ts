import { randomBytes } from 'node:crypto';
import { ConnectError } from '@connectrpc/connect';
import type { PlatformState, VerifiedPeer } from '@gaiwan/trust';
import { Agreements } from './agreements.ts';
import type { Identity } from './call-signer.ts';
import { Data } from './data.ts';
import { Functions } from './functions.ts';
import { Keys } from './keys.ts';
import { networkError } from './network-errors.ts';
import { RegisteredFiles } from './registered-files.ts';
import { Rpc, type RpcOptions } from './rpc.ts';
import { fromRpc } from './rpc-errors.ts';
import type { Secret } from './secret.ts';
import { reveal } from './secret.ts';
import type { Signer } from './signer.ts';
import { Storage } from './storage.ts';
import { Tasks } from './tasks.ts';
import { Bulk } from './transfer/bulk.ts';
import type { ConfirmedPlatform } from './trust/sessions.ts';
import { Users } from './users.ts';

export interface AuditEntry {
  /** Unix time in microseconds. */
  readonly microsecond: bigint;
  /** 16 bytes. */
  readonly address: Uint8Array;
  readonly user: string;
  readonly message: string;
  readonly result: boolean;
}

export interface LoginOptions {
  /** The user's own key. An account that has none gets this one; an account with a key acts with that key alone. */
  readonly signer?: Signer | undefined;
}

/** One user's connection to a platform; made by `connect`. Every method rejects with `GaiwanError`. */
export class Gaiwan {
  readonly users: Users;
  readonly functions: Functions;
  readonly data: Data;
  readonly tasks: Tasks;
  readonly agreements: Agreements;
  readonly keys: Keys;
  readonly storage: Storage;
  readonly #rpc: Rpc;
  readonly #bulk: Bulk;

  constructor(options: RpcOptions) {
    this.#rpc = new Rpc(options);
    this.#bulk = new Bulk(options.frontend, options.verifiers.frontend, options.pin);
    this.users = new Users(this.#rpc);
    this.functions = new Functions(this.#rpc);
    this.keys = new Keys(this.#rpc);
    this.storage = new Storage(this.#rpc);
    const registered = new RegisteredFiles();
    this.data = new Data(this.#rpc, this.#bulk, registered);
    this.tasks = new Tasks(this.#rpc, registered);
    this.agreements = new Agreements(this.#rpc);
  }

  /** Connects, and tells what was verified of each service, and which instance it is, before anything but nonces was sent to it. */
  async verify(): Promise<{
    readonly authentication: ConfirmedPlatform;
    readonly frontend: ConfirmedPlatform;
  }> {
    const { authentication, frontend } = this.#rpc.sessions;
    const { options } = this.#rpc;
    const [forAuthentication, forFrontend] = await Promise.all([
      withGaiwanErrors(authentication.peer(), options.authentication.host),
      withGaiwanErrors(frontend.peer(), options.frontend.host),
    ]);
    return { authentication: forAuthentication, frontend: forFrontend };
  }

  /**
   * Asks how far the platform's data have come, holds the answer to what was seen before, and remembers it: what was acknowledged
   * before the question can't be rolled back any more without being noticed, by whoever has the same `states`. Each new connection asks
   * by itself; call this after what must not get lost.
   *
   * @throws {GaiwanError} `state-older`, `state-forked`, `state-new-epoch`, `state-memory`
   * @example
   * ```ts
   * await client.tasks.approve(taskId, digest);
   * await client.state();
   * ```
   */
  state(): Promise<PlatformState> {
    return this.#rpc.state();
  }

  /**
   * Fresh evidence of the frontend for a nonce (8 to 64 bytes), bound to the key of the connection that it came over, and
   * verified like the connection was.
   */
  async freshEvidence(nonce: Uint8Array = randomBytes(32)): Promise<VerifiedPeer> {
    const { sessions, options, attestation } = this.#rpc;
    const { host } = options.frontend;
    // The connection may end between the two steps, and the answer then is about the key of the next one.
    for (let again = true; ; again = false) {
      const { verified, certificate } = await withGaiwanErrors(sessions.frontend.peer(), host);
      const fresh = await attestation.getEvidence({ nonce });
      const now = await withGaiwanErrors(sessions.frontend.peer(), host);
      if (again && now.certificate !== certificate) continue;
      const sessionKey = verified.certificate.spki;
      const checks = { nonce: Buffer.from(nonce).toString('hex'), sessionKey };
      return withGaiwanErrors(options.verifiers.frontend.verify(fresh.certificate, checks), host);
    }
  }

  /** The instance that was given to `connect`, or else the first that was seen: 64 hexadecimal digits. Undefined before that. */
  get instance(): string | undefined {
    return this.#rpc.options.pin.id;
  }

  /** The logged-in user's id. */
  get user(): string | undefined {
    return this.#rpc.user;
  }

  /** The logged-in user's token. Throws `GaiwanError` (not-logged-in). */
  get token(): Secret {
    return this.#rpc.token;
  }

  /**
   * Later calls are made as this user, and signed where a signer is given. An account that has no key gets the signer's, and
   * `recoveryCode` is there: show it once to the user, it replaces a lost key. Rejects with `GaiwanError` (other-key) where the
   * account has another key; nobody is logged in then.
   */
  async login(
    id: string,
    password: Secret | string,
    { signer }: LoginOptions = {},
  ): Promise<{ readonly recoveryCode?: Secret | undefined }> {
    const { token } = await this.#rpc.authentication.userLogin({ id, password: reveal(password) });
    this.#rpc.useToken(id, token);
    if (!signer) return {};
    try {
      this.#rpc.useSigner(signer);
      return { recoveryCode: await this.keys.ensure(signer) };
    } catch (error) {
      this.logout();
      throw error;
    }
  }

  /** Takes up a login made elsewhere. `identity`: what `keys.account()` said then; else it is asked for before the first signed call. */
  useToken(
    id: string,
    token: Secret | string,
    { signer, identity }: LoginOptions & { readonly identity?: Identity | undefined } = {},
  ): void {
    this.#rpc.useToken(id, token);
    if (signer) this.#rpc.useSigner(signer, identity);
  }

  /** Forgets the token and the signer. */
  logout(): void {
    this.#rpc.forgetToken();
  }

  /** Newest first; for administrators. */
  async auditLogs(query: string, limit = 100): Promise<AuditEntry[]> {
    const { logs } = await this.#rpc.frontend.queryAuditLogs({ query, limit: BigInt(limit) });
    return logs.map(({ microsecond, ip, user, message, result }) => ({
      microsecond,
      address: ip,
      user,
      message,
      result,
    }));
  }

  /** Gives up whatever is still under way. */
  close(): void {
    this.#rpc.close();
    this.#bulk.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

async function withGaiwanErrors<T>(attempt: Promise<T>, where: string): Promise<T> {
  try {
    return await attempt;
  } catch (error) {
    throw error instanceof ConnectError ? fromRpc(error, where) : (networkError(error, where) ?? error);
  }
}

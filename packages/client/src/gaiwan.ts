import { randomBytes } from 'node:crypto';
import type { VerifiedPeer } from '@gaiwan/trust';
import { Data } from './data.ts';
import { Functions } from './functions.ts';
import { networkError } from './network-errors.ts';
import { RegisteredFiles } from './registered-files.ts';
import { Rpc, type RpcOptions } from './rpc.ts';
import type { Secret } from './secret.ts';
import { reveal } from './secret.ts';
import { Tasks } from './tasks.ts';
import { Bulk } from './transfer/bulk.ts';
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

/** One user's connection to a platform; made by `connect`. Every method rejects with `GaiwanError`. */
export class Gaiwan {
  readonly users: Users;
  readonly functions: Functions;
  readonly data: Data;
  readonly tasks: Tasks;
  readonly #rpc: Rpc;
  readonly #bulk: Bulk;

  constructor(options: RpcOptions) {
    this.#rpc = new Rpc(options);
    this.#bulk = new Bulk(options.frontend, options.verifiers.frontend);
    this.users = new Users(this.#rpc);
    this.functions = new Functions(this.#rpc);
    const registered = new RegisteredFiles();
    this.data = new Data(this.#rpc, this.#bulk, registered);
    this.tasks = new Tasks(this.#rpc, registered);
  }

  /** Connects, and tells what was verified of each service before anything was sent to it. */
  async verify(): Promise<{ readonly authentication: VerifiedPeer; readonly frontend: VerifiedPeer }> {
    const { authentication, frontend } = this.#rpc.sessions;
    const { options } = this.#rpc;
    const [forAuthentication, forFrontend] = await Promise.all([
      withGaiwanErrors(authentication.peer(), options.authentication.host),
      withGaiwanErrors(frontend.peer(), options.frontend.host),
    ]);
    return { authentication: forAuthentication, frontend: forFrontend };
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

  /** The logged-in user's id. */
  get user(): string | undefined {
    return this.#rpc.user;
  }

  /** The logged-in user's token. Throws `GaiwanError` (not-logged-in). */
  get token(): Secret {
    return this.#rpc.token;
  }

  /** Later calls are made as this user. */
  async login(id: string, password: Secret | string): Promise<void> {
    const { token } = await this.#rpc.authentication.userLogin({ id, password: reveal(password) });
    this.#rpc.useToken(id, token);
  }

  /** Takes up a login made elsewhere. */
  useToken(id: string, token: Secret | string): void {
    this.#rpc.useToken(id, token);
  }

  /** Forgets the token. */
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
    throw networkError(error, where) ?? error;
  }
}

/** User management, as far as the caller's role goes. */

import type { Rpc } from './rpc.ts';
import { reveal, Secret } from './secret.ts';

export type RoleName = 'PlatformAdmin' | 'FunctionOwner' | 'DataOwnerManager' | 'DataOwner';

export interface NewUser {
  readonly id: string;
  readonly password: Secret | string;
  readonly role: RoleName | (string & {});
  /** The group of a data owner or manager. */
  readonly attribute?: string;
}

/** An account, as lists show it. */
export interface UserSummary {
  readonly id: string;
  readonly role: string;
  /** Of a data owner or manager; else empty. */
  readonly group: string;
  /** When the account began. Absent: before this was kept. */
  readonly created?: Date;
  /** Has it a key of its own? Else it rests on its password. */
  readonly hasKey: boolean;
}

export interface UserFilter {
  /** Default: everyone, for an administrator; of a manager, its own group. */
  readonly group?: string | undefined;
  readonly role?: RoleName | (string & {}) | undefined;
  /** The beginning of the name, in upper or lower case. */
  readonly namePrefix?: string | undefined;
}

export class Users {
  readonly #rpc: Rpc;
  constructor(rpc: Rpc) {
    this.#rpc = rpc;
  }

  async register(user: NewUser): Promise<void> {
    await this.#rpc.authentication.userRegister(message(user));
  }

  /** Sets password, role and attribute. */
  async update(user: NewUser): Promise<void> {
    await this.#rpc.authentication.userUpdate(message(user));
  }

  /** The caller's own. Tokens made before it stop working: log in again. */
  async changePassword(password: Secret | string): Promise<void> {
    await this.#rpc.authentication.userChangePassword({ password: reveal(password) });
  }

  /** Gives a user a new random password. */
  async resetPassword(id: string): Promise<Secret> {
    return new Secret((await this.#rpc.authentication.resetUserPassword({ id })).password);
  }

  async delete(id: string): Promise<void> {
    await this.#rpc.authentication.deleteUser({ id });
  }

  /** One page of accounts with their roles, in no order. It may have few, or none, and not be the last. */
  async findPage(
    { group = '', role = '', namePrefix = '' }: UserFilter = {},
    { pageToken = '', pageSize = 0 }: { readonly pageToken?: string; readonly pageSize?: number } = {},
  ): Promise<{ users: UserSummary[]; nextPageToken: string }> {
    const request = { group, role, namePrefix, pageToken, pageSize };
    const { users, nextPageToken } = await this.#rpc.users.findUsers(request);
    const summaries = users.map(({ userId: id, role: name, group: of, created, hasKey }) => ({
      id,
      role: name,
      group: of,
      hasKey,
      ...(created !== 0n && { created: new Date(Number(created)) }),
    }));
    return { users: summaries, nextPageToken };
  }

  /** As `findPage`, all of them. */
  async *find(filter: UserFilter = {}): AsyncGenerator<UserSummary> {
    for (let pageToken = ''; ; ) {
      const page = await this.findPage(filter, { pageToken });
      yield* page.users;
      pageToken = page.nextPageToken;
      if (pageToken === '') return;
    }
  }

  /** Ids. An administrator sees everyone (`group` may be anything), a manager its own group. */
  async list(group: string): Promise<string[]> {
    const ids: string[] = [];
    for await (const id of this.listAll(group)) ids.push(id);
    return ids;
  }

  /** One page of ids, in no order. It may have few, or none, and not be the last. */
  async listPage(
    group: string,
    { pageToken = '', pageSize = 0 }: { readonly pageToken?: string; readonly pageSize?: number } = {},
  ): Promise<{ userIds: string[]; nextPageToken: string }> {
    const { userIds, nextPageToken } = await this.#rpc.users.listUserIds({ group, pageToken, pageSize });
    return { userIds, nextPageToken };
  }

  /** As `list`, a page at a time. */
  async *listAll(group: string): AsyncGenerator<string> {
    for (let pageToken = ''; ; ) {
      const page = await this.listPage(group, { pageToken });
      yield* page.userIds;
      pageToken = page.nextPageToken;
      if (pageToken === '') return;
    }
  }
}

function message({ id, password, role, attribute = '' }: NewUser) {
  return { id, password: reveal(password), role, attribute };
}

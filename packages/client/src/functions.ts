/** Functions: what may be computed. */
import { gaiwan } from '@gaiwan/protocol';
import { type FunctionCode, readCode, type VersionOfFunction } from './function-code.ts';
import { type Material, type MaterialKind, readMaterial, wireKind } from './function-materials.ts';
import type { Rpc } from './rpc.ts';

export interface FunctionArgument {
  readonly key: string;
  /** What a task gets that may not set it. */
  readonly defaultValue?: string;
  /** May, and then must, a task set it? Default: no. */
  readonly allowOverwrite?: boolean;
}

export interface FunctionSlot {
  readonly name: string;
  readonly description?: string;
  readonly optional?: boolean;
}

export interface NewFunction {
  readonly name: string;
  readonly description?: string;
  /** builtin, python, wasm, javascript, wamr, or custom:NAME. */
  readonly executorType: string;
  /** May everyone use it? Default: no. */
  readonly public?: boolean;
  readonly payload?: Uint8Array;
  readonly arguments?: readonly FunctionArgument[];
  readonly inputs?: readonly FunctionSlot[];
  readonly outputs?: readonly FunctionSlot[];
  readonly userAllowlist?: readonly string[];
  /** How often it may run; -1 (default): without limit. */
  readonly usageQuota?: number;
  /** Can participants of its tasks not read its code? Default: they can, before they approve. */
  readonly codeHidden?: boolean;
}

export interface FunctionInfo extends Required<Omit<NewFunction, 'usageQuota' | 'codeHidden'>> {
  readonly functionId: string;
  readonly owner: string;
}

/** What a user registered, what it or its group is allowed to use, what everybody may use. */
export type FunctionList = 'registered' | 'allowed' | 'public';

const lists: Readonly<Record<FunctionList, gaiwan.FunctionList>> = {
  registered: gaiwan.FunctionList.REGISTERED,
  allowed: gaiwan.FunctionList.ALLOWED,
  public: gaiwan.FunctionList.PUBLIC,
};

/** A function, as lists show it. */
export interface FunctionSummary {
  readonly functionId: string;
  readonly name: string;
  readonly owner: string;
  /** Hex: SHA-256 of the definition of its present version, as manifests have it. */
  readonly version: string;
  readonly description: string;
  readonly public: boolean;
  readonly executorType: string;
  readonly disabled: boolean;
  /** Since when it has this version. Absent: from when this was not kept. */
  readonly since?: Date;
}

export interface FunctionFilter {
  /** Default: all that the caller may use, and its own. */
  readonly list?: FunctionList | undefined;
  /** The whole name. */
  readonly name?: string | undefined;
  /** The beginning of the name, in upper or lower case. */
  readonly namePrefix?: string | undefined;
  /** Each is the beginning of a word of the name, or of the first words of the description. */
  readonly words?: string | undefined;
  readonly owner?: string | undefined;
}

export class Functions {
  readonly #rpc: Rpc;
  constructor(rpc: Rpc) {
    this.#rpc = rpc;
  }

  /** Returns the function's id. */
  async register(definition: NewFunction): Promise<string> {
    const { frontend, functions } = this.#rpc;
    const request = message(definition);
    const answer = definition.codeHidden
      ? functions.registerHiddenFunction(request)
      : frontend.registerFunction(request);
    return (await answer).functionId;
  }

  /** Makes a new version; tasks that exist keep theirs. */
  async update(functionId: string, definition: NewFunction): Promise<string> {
    const { frontend, functions } = this.#rpc;
    const request = { functionId, ...message(definition) };
    const answer = definition.codeHidden
      ? functions.updateHiddenFunction(request)
      : frontend.updateFunction(request);
    return (await answer).functionId;
  }

  async get(functionId: string): Promise<FunctionInfo> {
    const { name, description, executorType, owner, payload, userAllowlist, ...found } =
      await this.#rpc.frontend.getFunction({ functionId });
    return {
      functionId,
      name,
      description,
      executorType,
      owner,
      public: found.public,
      payload,
      arguments: found.arguments.map(({ key, defaultValue, allowOverwrite }) => ({
        key,
        defaultValue,
        allowOverwrite,
      })),
      inputs: found.inputs.map(plainSlot),
      outputs: found.outputs.map(plainSlot),
      userAllowlist,
    };
  }

  /**
   * The present version and, where the caller may read it, its code. Checked here: the code is what the version's hash names. Rejects
   * with `GaiwanError` (bad-code).
   */
  async code(functionId: string): Promise<FunctionCode> {
    return readCode(await this.#rpc.functions.getFunctionCode({ functionId }));
  }

  /** The present version, then at most 32 before it, the latest first. */
  async versions(functionId: string): Promise<VersionOfFunction[]> {
    const { versions } = await this.#rpc.functions.listFunctionVersions({ functionId });
    return versions.map(({ version, since, codeHidden }) => ({
      version: Buffer.from(version).toString('hex'),
      since: since === 0n ? undefined : new Date(Number(since)),
      isCodeHidden: codeHidden,
    }));
  }

  /**
   * Attaches to a version (hex) that the function has or lists; what was attached of the kind before is replaced. The platform verifies
   * provenance: a bundle that it cannot verify is refused.
   */
  async attach(
    functionId: string,
    {
      version,
      kind,
      content,
    }: { readonly version: string; readonly kind: MaterialKind; readonly content: Uint8Array },
  ): Promise<void> {
    const named = {
      functionId,
      version: Buffer.from(version, 'hex'),
      kind: wireKind(kind),
      content,
    };
    await this.#rpc.functions.attachFunctionMaterial(named);
  }

  /** What is attached to a version (hex), and the content of one kind, if one is named. */
  async material(functionId: string, version: string, kind?: MaterialKind): Promise<Material> {
    const asked = { functionId, version: Buffer.from(version, 'hex'), kind: wireKind(kind) };
    return readMaterial(await this.#rpc.functions.getFunctionMaterial(asked));
  }

  /** One page of functions, in no order. It may have few, or none, and not be the last. */
  async findPage(
    { list, name = '', namePrefix = '', words = '', owner = '' }: FunctionFilter = {},
    { pageToken = '', pageSize = 0 }: { readonly pageToken?: string; readonly pageSize?: number } = {},
  ): Promise<{ items: FunctionSummary[]; nextPageToken: string }> {
    const which = list === undefined ? gaiwan.FunctionList.UNSPECIFIED : lists[list];
    const request = { list: which, name, namePrefix, words, owner, pageToken, pageSize };
    const { items, nextPageToken } = await this.#rpc.functions.findFunctions(request);
    return { items: items.map(summaryOf), nextPageToken };
  }

  /** As `findPage`, all of them. */
  async *find(filter: FunctionFilter = {}): AsyncGenerator<FunctionSummary> {
    for (let pageToken = ''; ; ) {
      const page = await this.findPage(filter, { pageToken });
      yield* page.items;
      pageToken = page.nextPageToken;
      if (pageToken === '') return;
    }
  }

  /** Ids; `user` defaults to the caller. `allowed`: of an administrator, all functions. What is public is `listAll('public')`. */
  async list(user?: string): Promise<{ registered: string[]; allowed: string[] }> {
    const all = async (list: FunctionList): Promise<string[]> => {
      const ids: string[] = [];
      for await (const id of this.listAll(list, user)) ids.push(id);
      return ids;
    };
    return { registered: await all('registered'), allowed: await all('allowed') };
  }

  /** One page of ids. `user` defaults to the caller. */
  async listPage(
    list: FunctionList,
    page: { readonly user?: string; readonly pageToken?: string; readonly pageSize?: number } = {},
  ): Promise<{ functionIds: string[]; nextPageToken: string }> {
    const { user: userId = this.#rpc.user ?? '', pageToken = '', pageSize = 0 } = page;
    const request = { userId, list: lists[list], pageToken, pageSize };
    const { functionIds, nextPageToken } = await this.#rpc.functions.listFunctionIds(request);
    return { functionIds, nextPageToken };
  }

  async *listAll(list: FunctionList, user?: string): AsyncGenerator<string> {
    for (let pageToken = ''; ; ) {
      const page = await this.listPage(list, { pageToken, ...(user !== undefined && { user }) });
      yield* page.functionIds;
      pageToken = page.nextPageToken;
      if (pageToken === '') return;
    }
  }

  async disable(functionId: string): Promise<void> {
    await this.#rpc.frontend.disableFunction({ functionId });
  }

  /** Lifts a disabling: for whoever disabled it, its owner or an administrator. */
  async enable(functionId: string): Promise<void> {
    await this.#rpc.functions.enableFunction({ functionId });
  }

  async delete(functionId: string): Promise<void> {
    await this.#rpc.frontend.deleteFunction({ functionId });
  }

  /** `quota` -1: without limit. */
  async usage(functionId: string): Promise<{ quota: number; usage: number }> {
    const { functionQuota, currentUsage } = await this.#rpc.frontend.getFunctionUsageStats({ functionId });
    return { quota: functionQuota, usage: currentUsage };
  }
}

const summaryOf = ({
  functionId,
  name,
  owner,
  version,
  description,
  executorType,
  disabled,
  since,
  public: open,
}: gaiwan.FunctionItem): FunctionSummary => ({
  functionId,
  name,
  owner,
  version: Buffer.from(version).toString('hex'),
  description,
  public: open,
  executorType,
  disabled,
  ...(since !== 0n && { since: new Date(Number(since)) }),
});

function plainSlot({ name, description, optional }: Required<FunctionSlot>): Required<FunctionSlot> {
  return { name, description, optional };
}

function message(definition: NewFunction) {
  return {
    name: definition.name,
    description: definition.description ?? '',
    executorType: definition.executorType,
    public: definition.public ?? false,
    payload: definition.payload ?? new Uint8Array(),
    arguments: (definition.arguments ?? []).map((argument) => ({ ...argument })),
    inputs: (definition.inputs ?? []).map((slot) => ({ ...slot })),
    outputs: (definition.outputs ?? []).map((slot) => ({ ...slot })),
    userAllowlist: [...(definition.userAllowlist ?? [])],
    usageQuota: definition.usageQuota ?? -1,
  };
}

/** Functions: what may be computed. */
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
}

export interface FunctionInfo extends Required<Omit<NewFunction, 'usageQuota'>> {
  readonly functionId: string;
  readonly owner: string;
}

export class Functions {
  readonly #rpc: Rpc;
  constructor(rpc: Rpc) {
    this.#rpc = rpc;
  }

  /** Returns the function's id. */
  async register(definition: NewFunction): Promise<string> {
    return (await this.#rpc.frontend.registerFunction(message(definition))).functionId;
  }

  /** Makes a new version; tasks that exist keep theirs. */
  async update(functionId: string, definition: NewFunction): Promise<string> {
    return (await this.#rpc.frontend.updateFunction({ functionId, ...message(definition) })).functionId;
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

  /** Ids; `user` defaults to the caller. */
  async list(user?: string): Promise<{ registered: string[]; allowed: string[] }> {
    const userId = user ?? this.#rpc.user ?? '';
    const { registeredFunctions, allowedFunctions } = await this.#rpc.frontend.listFunctions({ userId });
    return { registered: registeredFunctions, allowed: allowedFunctions };
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

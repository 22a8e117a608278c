/** Commands to a TPM, and keys and sessions that are lent: flushed whatever happens, for a TPM has room for three. */
import { randomBytes } from 'node:crypto';
import { type Answer, type Command, PASSWORD, run } from './command.ts';
import { isResponse, TpmError } from './errors.ts';
import type { TpmTransport } from './transport.ts';
import { concat, tpm2b, u8, u16, u32 } from './wire.ts';

export const hierarchies = { owner: 0x40000001, endorsement: 0x4000000b } as const;
export type Hierarchy = keyof typeof hierarchies;

/** Nothing there: no key, no index. */
const HANDLE = 0x8b;
const NULL_HANDLE = 0x40000007;
export const NULL_ALGORITHM: Uint8Array = u16(0x0010);
export const SHA256 = 0x000b;
const POLICY_SESSION = 1;

export interface TpmKey {
  readonly handle: number;
  /** TPMT_PUBLIC. */
  readonly publicArea: Uint8Array;
}

/** What a command gives, or undefined where the TPM has nothing at the handle. */
export async function ifThere<T>(action: Promise<T>): Promise<T | undefined> {
  try {
    return await action;
  } catch (error) {
    if (error instanceof TpmError && isResponse(error.response, HANDLE)) return undefined;
    throw error;
  }
}

/** Every method rejects with `TpmError`. */
export class TpmHandles {
  readonly #transport: TpmTransport;

  constructor(transport: TpmTransport) {
    this.#transport = transport;
  }

  run(command: Command): Promise<Answer> {
    return run(this.#transport, command);
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  /** TPMT_PUBLIC of a key that is there already. */
  readPublic(handle: number): Promise<Uint8Array | undefined> {
    return ifThere(
      this.run({ name: 'ReadPublic', handles: [handle] }).then(({ parameters }) => parameters.tpm2b()),
    );
  }

  async withPrimary<T>(
    hierarchy: Hierarchy,
    template: Uint8Array,
    action: (key: TpmKey) => Promise<T>,
  ): Promise<T> {
    const { handle, parameters } = await this.run({
      name: 'CreatePrimary',
      handles: [hierarchies[hierarchy]],
      sessions: [PASSWORD],
      parameters: concat(tpm2b(concat(u16(0), u16(0))), tpm2b(template), u16(0), u32(0)),
      returnsHandle: true,
    });
    return this.lend(handle, async () => action({ handle, publicArea: parameters.tpm2b() }));
  }

  async withPolicySession<T>(action: (session: number) => Promise<T>): Promise<T> {
    const { handle } = await this.run({
      name: 'StartAuthSession',
      handles: [NULL_HANDLE, NULL_HANDLE],
      parameters: concat(tpm2b(randomBytes(16)), u16(0), u8(POLICY_SESSION), NULL_ALGORITHM, u16(SHA256)),
      returnsHandle: true,
    });
    return this.lend(handle, () => action(handle));
  }

  async lend<T>(handle: number, action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } finally {
      await this.flush(handle);
    }
  }

  async flush(handle: number): Promise<void> {
    await this.run({ name: 'FlushContext', parameters: u32(handle) });
  }
}

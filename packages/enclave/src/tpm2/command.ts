/** Commands and responses as such (TPM 2.0 Library, Part 1, 18): handles, authorizations, parameters. */
import { limits } from '../limits.ts';
import { refusalOf, TpmError } from './errors.ts';
import type { TpmTransport } from './transport.ts';
import { concat, TpmReader, u8, u16, u32 } from './wire.ts';

const commands = {
  NV_UndefineSpace: 0x122,
  NV_DefineSpace: 0x12a,
  CreatePrimary: 0x131,
  NV_Increment: 0x134,
  NV_Write: 0x137,
  Startup: 0x144,
  Shutdown: 0x145,
  ActivateCredential: 0x147,
  NV_Read: 0x14e,
  PolicySecret: 0x151,
  Create: 0x153,
  Load: 0x157,
  Quote: 0x158,
  Unseal: 0x15e,
  FlushContext: 0x165,
  NV_ReadPublic: 0x169,
  ReadPublic: 0x173,
  StartAuthSession: 0x176,
  GetCapability: 0x17a,
  GetRandom: 0x17b,
  PCR_Read: 0x17e,
  PolicyPCR: 0x17f,
  PCR_Extend: 0x182,
  NV_Certify: 0x184,
  PolicyGetDigest: 0x189,
} as const;
export type CommandName = keyof typeof commands;
/** TPM_CC. */
export const commandCode = (name: CommandName): number => commands[name];

const NO_SESSIONS = 0x8001;
const SESSIONS = 0x8002;
/** Of the transport and the library specification. */
const RETRY_CODES: readonly number[] = [0x922, 0x908, 0x90a];

/** Session of an authorization by a password: the empty one, unless it is given. */
export const PASSWORD = 0x40000009;

/** Authorizes a handle: a session, or a password. */
export type Authorization = number | { readonly password: Uint8Array };

export interface Command {
  readonly name: CommandName;
  readonly handles?: readonly number[];
  /** Sessions that authorize the first handles. */
  readonly sessions?: readonly Authorization[];
  readonly parameters?: Uint8Array;
  /** Whether the response begins with a handle. */
  readonly returnsHandle?: boolean;
}

export interface Answer {
  readonly handle: number;
  readonly parameters: TpmReader;
}

/** Nonce and HMAC are empty: a password, or a policy that asks for neither. Bit 0: the session stays. */
const authorization = (given: Authorization): Uint8Array =>
  typeof given === 'number'
    ? concat(u32(given), u16(0), u8(1), u16(0))
    : concat(u32(PASSWORD), u16(0), u8(1), u16(given.password.length), given.password);

function encode({ name, handles = [], sessions = [], parameters = new Uint8Array() }: Command): Uint8Array {
  const authorizations = sessions.map(authorization);
  const area = concat(...authorizations);
  const body = concat(
    u32(commands[name]),
    ...handles.map(u32),
    ...(sessions.length > 0 ? [u32(area.length), area] : []),
    parameters,
  );
  try {
    return concat(u16(sessions.length > 0 ? SESSIONS : NO_SESSIONS), u32(body.length + 6), body);
  } finally {
    // As below, of what was copied on the way.
    for (const part of [...authorizations, area, body]) part.fill(0);
  }
}

/** Reads a response. Throws `TpmError`: "tpm-refused", "tpm-answer". */
export function decode(response: Uint8Array, { name, returnsHandle = false }: Command): Answer {
  const reader = new TpmReader(response);
  const tag = reader.u16();
  const size = reader.u32();
  const code = reader.u32();
  if (size !== response.length)
    throw new TpmError('tpm-answer', `The answer to ${name} has another length than it says.`);
  if (code !== 0) throw refusalOf(name, code);
  if (tag !== NO_SESSIONS && tag !== SESSIONS)
    throw new TpmError('tpm-answer', `The answer to ${name} has the tag ${tag}.`);
  const handle = returnsHandle ? reader.u32() : 0;
  // With sessions, the authorizations come after the parameters.
  const parameters = tag === SESSIONS ? reader.bytes(reader.u32()) : reader.rest();
  return { handle, parameters: new TpmReader(parameters) };
}

/** Sends a command, again where the TPM asks for that. Rejects with `TpmError`. */
export async function run(transport: TpmTransport, command: Command): Promise<Answer> {
  const bytes = encode(command);
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        return decode(await transport.send(bytes), command);
      } catch (error) {
        const again =
          error instanceof TpmError &&
          RETRY_CODES.includes(error.response) &&
          attempt < limits.tpmAttempts.value;
        if (!again) throw error;
        await new Promise((resolve) => setTimeout(resolve, limits.tpmWait.value * attempt));
      }
    }
  } finally {
    // A password, or a secret that is sealed.
    bytes.fill(0);
  }
}

/** What TPMs answer when they refuse (TPM 2.0 Library, Part 2, 6.6). */
import { CodedError, type RefusalTable } from '@gaiwan/errors';

const names: Readonly<Record<number, string>> = {
  256: 'INITIALIZE',
  257: 'FAILURE',
  323: 'COMMAND_CODE',
  303: 'POLICY',
  330: 'NV_UNINITIALIZED',
  331: 'NV_SPACE',
  332: 'NV_DEFINED',
  2306: 'OBJECT_MEMORY',
  2307: 'SESSION_MEMORY',
  2312: 'YIELDED',
  2314: 'TESTING',
  2337: 'LOCKOUT',
  2338: 'RETRY',
  2339: 'NV_UNAVAILABLE',
};
/** Codes of format one, without the number of the parameter, handle or session. */
const formatOne: Readonly<Record<number, string>> = {
  132: 'VALUE',
  130: 'ATTRIBUTES',
  133: 'HIERARCHY',
  139: 'HANDLE',
  142: 'AUTH_FAIL',
  149: 'SIZE',
  157: 'POLICY_FAIL',
  159: 'INTEGRITY',
  162: 'BAD_AUTH',
};
/** The code within a response of format one. */
const CODE = 0xbf;
const FORMAT_ONE = 0x80;

export const tpmRefusals = {
  'tpm-refused': {
    meaning: 'The TPM answered a command with an error (its own code: `response`).',
    remedy:
      'Look the code up in the TPM 2.0 Library, Part 2, 6.6; restart the machine if the TPM is in lockout or lacks memory.',
  },
  'tpm-unreachable': {
    meaning: 'The TPM cannot be opened, or does not answer.',
    remedy:
      'Name the TPM with `--tpm`, let this user use it (group tss), and end other programs that hold it.',
  },
  'tpm-answer': {
    meaning: 'The TPM answered what the command does not allow, or a blob is none of its.',
    remedy:
      'Check that the device is a TPM 2.0 with the PCR bank that is used, and that the file was not changed.',
  },
} as const satisfies RefusalTable;

/** A TPM did not do what it was asked for. */
export class TpmError extends CodedError<keyof typeof tpmRefusals> {
  override readonly name = 'TpmError';
  /** The TPM's response code; 0 where it gave none. */
  readonly response: number;

  constructor(code: TpmError['code'], message: string, response = 0, options?: ErrorOptions) {
    super(code, message, options);
    this.response = response;
  }
}

/** Whether a response is of this code of format one, for whatever parameter, handle or session. */
export const isResponse = (response: number, code: number): boolean =>
  (response & FORMAT_ONE) !== 0 && (response & CODE) === code;

/** The error for a response code of a command. */
export function refusalOf(command: string, response: number): TpmError {
  const name = (response & FORMAT_ONE) !== 0 ? formatOne[response & CODE] : names[response];
  const hex = `0x${response.toString(16)}`;
  const what = name === undefined ? hex : `${name} (${hex})`;
  return new TpmError('tpm-refused', `The TPM refused ${command}: ${what}.`, response);
}

/** What TPMs answer when they refuse (TPM 2.0 Library, Part 2, 6.6). */

const names: Readonly<Record<number, string>> = {
  256: 'INITIALIZE',
  257: 'FAILURE',
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

export class TpmError extends Error {
  override readonly name = 'TpmError';
  readonly code: 'tpm-refused' | 'tpm-unreachable' | 'tpm-answer';
  /** The TPM's response code; 0 where it gave none. */
  readonly response: number;
  constructor(code: TpmError['code'], message: string, response = 0, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.response = response;
  }
}

/** Whether a response is of this code of format one, for whatever parameter, handle or session. */
export const isResponse = (response: number, code: number): boolean =>
  (response & FORMAT_ONE) !== 0 && (response & CODE) === code;

export function refusal(command: string, response: number): TpmError {
  const name = (response & FORMAT_ONE) !== 0 ? formatOne[response & CODE] : names[response];
  const hex = `0x${response.toString(16)}`;
  const what = name === undefined ? hex : `${name} (${hex})`;
  return new TpmError('tpm-refused', `The TPM refused ${command}: ${what}.`, response);
}

/** Security lifecycle of PSA and CCA platforms (RFC 9783, 4.3.1): the upper byte of 16 bits is the state. */

const states = [
  'unknown',
  'assembly-and-test',
  'provisioning',
  'secured',
  'non-rot-debug',
  'recoverable-rot-debug',
  'decommissioned',
] as const;

/** State of a platform: secrets are safe in "secured" alone. */
export type Lifecycle = (typeof states)[number];

/** 0x3000 to 0x30ff is "secured"; values that the list does not have are "unknown". */
export function lifecycleOf(value: number): Lifecycle {
  const state = states[value >> 12];
  return state !== undefined && (value & 0x0f00) === 0 ? state : 'unknown';
}

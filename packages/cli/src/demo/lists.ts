/** The lists of the banks: files of examples/three-banks. */

export const BANKS = [
  { name: 'alder', scheme: 'aes-gcm-128' },
  { name: 'birch', scheme: 'aes-gcm-256' },
  { name: 'cedar', scheme: 'teaclave-file-128' },
] as const;

/** The plaintext list of a bank. */
export const listOf = (bank: string): URL =>
  new URL(`../../../../examples/three-banks/bank-${bank}.txt`, import.meta.url);

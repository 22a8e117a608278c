/** What a deletion has come to. */

export interface Deletion {
  readonly deleted: boolean;
  /** Whose word is still missing. */
  readonly waitingFor: readonly string[];
  /** SHA-256 (32 bytes) of what it was: of data as manifests have it (`fileCommitment`), of a task of a salt and its record. Empty until it is deleted. */
  readonly digest: Uint8Array;
}

export const deletionOf = ({ deleted, waitingFor, digest }: Deletion): Deletion => ({
  deleted,
  waitingFor,
  digest,
});

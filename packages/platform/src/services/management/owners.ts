/** Owners as requests name them: by the names of accounts that are there now. */
import type { SlotOwners } from '../../domain/index.ts';
import { refuse } from '../../errors.ts';
import type { Reading } from '../../state/reading.ts';

export interface NamedOwners {
  /** Of the slot. */
  readonly name: string;
  readonly owners: readonly string[];
}

/** @throws PlatformError (unknown-owner), which says where, for names without an account. */
export async function findOwners(read: Reading, slots: readonly NamedOwners[]): Promise<SlotOwners[]> {
  const names = [...new Set(slots.flatMap(({ owners }) => owners))];
  const found = await Promise.all(names.map(async (name) => [name, await read.subject(name)] as const));
  const accounts = new Map(found);
  return slots.map(({ name, owners }) => ({
    name,
    owners: owners.map((owner) => accounts.get(owner) ?? unknownOwner(name, owner)),
  }));
}

function unknownOwner(slot: string, owner: string): never {
  const [where, who] = [slot.slice(0, 60), owner.slice(0, 130)];
  throw refuse('unknown-owner', `An owner of "${where}" has no account: ${who}.`, { subjects: [who] });
}

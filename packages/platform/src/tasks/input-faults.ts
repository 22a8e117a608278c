/** Owners of inputs that a worker found missing or changed find it in the audit log. */
import { nameOf } from '@gaiwan/protocol';
import type { InputFault } from '../domain/index.ts';
import type { Transaction } from '../state/transaction.ts';

/** In the commit of the outcome, so that there is no outcome without them. `now`: ms since the epoch. */
export function auditInputFaults(
  tx: Transaction,
  taskId: string,
  faults: readonly InputFault[],
  now: number,
): void {
  const entries = faults.flatMap(({ slot, dataId, owners, code, reason, leftOut }) =>
    owners.map((owner) => ({
      microsecond: now * 1000,
      address: '',
      user: `{ user: ${nameOf(owner)} }`,
      subject: owner,
      message: `input_fault:${code}: ${taskId}, input "${slot}" (${dataId}) ${leftOut ? 'left out' : 'fails the task'}: ${reason}`,
      result: false,
    })),
  );
  if (entries.length > 0) tx.audit(entries);
}

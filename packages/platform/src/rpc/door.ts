/** Who may send a body: decided on the headers of a call, before anything else of it is read. */
import { Code, type HandlerContext } from '@connectrpc/connect';
import { PlatformError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { PublicMethod } from '../pipeline/method.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import { Budget } from './budget.ts';
import { callKey } from './call.ts';
import { addressKey, toConnectError } from './errors.ts';

export interface Budgets {
  /** By subject. */
  readonly users: Budget;
  /** Who has attested itself, and needs no login. */
  readonly peers: Budget;
  /** By address. */
  readonly strangers: Budget;
}

export function newBudgets(): Budgets {
  const all = { calls: limits.calls.value, bytes: limits.bytes.value };
  return {
    users: new Budget({ calls: limits.callsPerUser.value, bytes: limits.bytesPerUser.value }, all),
    peers: new Budget(all, all),
    strangers: new Budget(
      { calls: limits.strangersCallsPerAddress.value, bytes: limits.strangersBytesPerAddress.value },
      { calls: limits.strangersCalls.value, bytes: limits.strangersBytes.value },
      limits.strangersLeastAtOnce.value,
    ),
  };
}

export interface DoorOptions {
  /** Who connects has attested itself: its calls without a login are no strangers'. */
  readonly attested: boolean;
  readonly budgets: Budgets;
  readonly report: (error: unknown) => void;
}

export class Door {
  readonly #options: DoorOptions;

  constructor(options: DoorOptions) {
    this.#options = options;
  }

  /** What the RPC library asks before it reads a body of this method's. Rejects with `ConnectError`. */
  gateOf(handler: PublicMethod, pipeline: Pipeline | undefined): (context: HandlerContext) => Promise<void> {
    const { attested, budgets, report } = this.#options;
    return async ({ values, requestHeader }) => {
      const call = values.get(callKey);
      if (call === undefined) throw new TypeError('a call that no port has taken');
      try {
        call.requireTurn();
        if (handler.kind === 'open') {
          if (attested) call.know();
          else call.countStranger();
          call.enter(attested ? budgets.peers : budgets.strangers, call.source);
          return;
        }
        if (pipeline === undefined) throw new TypeError('a method without a pipeline');
        const header = (name: string) => requestHeader.get(name) ?? '';
        await pipeline.admit(handler.action, { header, address: values.get(addressKey) }, (subject) =>
          call.enter(budgets.users, subject),
        );
        call.know();
      } catch (error) {
        if (error instanceof PlatformError && error.grpc === Code.Unauthenticated) call.countStranger();
        throw toConnectError(error, report);
      }
    };
  }
}

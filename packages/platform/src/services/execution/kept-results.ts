/** Results that the platform has not acknowledged: a stream that was lost may have taken them along, so they are sent again over the next. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { worker as wire } from '@gaiwan/protocol';

export type Done = MessageInitShape<typeof wire.DoneSchema> & {
  readonly taskId: string;
  readonly token: bigint;
};
type Name = Pick<Done, 'taskId' | 'token'>;

const keyOf = ({ taskId, token }: Name) => `${taskId} ${token}`;

/** As many as leases at most: the platform answers each, whatever it thinks of it. */
export class KeptResults {
  readonly #all = new Map<string, Done>();

  get all(): readonly Done[] {
    return [...this.#all.values()];
  }

  /** For a hello. */
  get names(): Name[] {
    return this.all.map(({ taskId, token }) => ({ taskId, token }));
  }

  keep(done: Done): void {
    this.#all.set(keyOf(done), done);
  }

  /** It was acknowledged. */
  forget(name: Name): void {
    this.#all.delete(keyOf(name));
  }
}

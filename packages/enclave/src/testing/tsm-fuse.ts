/** The double of configfs-tsm that is mounted. */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Endorsements } from '@gaiwan/attestation';
import { type Mounted, mountFuse } from './fuse.ts';
import type { TsmFaults } from './tsm-model.ts';

const server = fileURLToPath(new URL('./tsm-fuse-server.ts', import.meta.url));

interface Vouching {
  /** DER. */
  readonly root: Uint8Array;
  readonly endorsements: Endorsements;
}

export class TsmFuse {
  readonly base: string;
  readonly vouching: Vouching;
  readonly #mounted: Mounted;

  private constructor(mounted: Mounted) {
    this.#mounted = mounted;
    this.base = mounted.base;
    this.vouching = mounted.said as Vouching;
  }

  /** A text says why it cannot run here. */
  static async start(): Promise<TsmFuse | string> {
    const mounted = await mountFuse(server);
    return typeof mounted === 'string' ? mounted : new TsmFuse(mounted);
  }

  async setFaults(faults: TsmFaults): Promise<void> {
    const { child } = this.#mounted;
    const done = once(child, 'message');
    child.send(faults);
    await done;
  }

  stop(): Promise<void> {
    return this.#mounted.stop();
  }
}

/** Short-lived capabilities: who holds one may read or write one blob, and nothing else. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Key256 } from '@gaiwan/enclave';

export interface Grant {
  readonly blob: string;
  readonly access: 'read' | 'write';
  /** Outputs: the attempt whose file it is; empty for uploads. */
  readonly attempt: string;
  /** ms since the epoch. */
  readonly expires: number;
}

const FORM = /^([0-9a-f-]{36})\.(read|write)\.([\w-]{0,80})\.(\d{1,15})\.([\w-]{43})$/;

export class Capabilities {
  readonly #secret: Key256;

  constructor(secret: Key256) {
    this.#secret = secret;
  }

  #mac(body: string): Buffer {
    return this.#secret.use((key) => createHmac('sha256', key).update(body).digest());
  }

  issue({ blob, access, attempt, expires }: Grant): string {
    const body = `${blob}.${access}.${attempt}.${expires}`;
    return `${body}.${this.#mac(body).toString('base64url')}`;
  }

  /** Undefined unless it is ours and still valid. */
  check(text: string, now: number): Grant | undefined {
    const [whole, blob = '', kind, attempt = '', expires = '', mac = ''] = FORM.exec(text) ?? [];
    if (whole === undefined) return undefined;
    const given = Buffer.from(mac, 'base64url');
    const expected = this.#mac(text.slice(0, text.lastIndexOf('.')));
    if (given.length !== expected.length || !timingSafeEqual(given, expected) || Number(expires) <= now)
      return undefined;
    return { blob, access: kind === 'write' ? 'write' : 'read', attempt, expires: Number(expires) };
  }
}

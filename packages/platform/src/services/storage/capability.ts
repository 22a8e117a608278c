/** Short-lived capabilities: who holds one may read or write one blob, and nothing else. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Key256 } from '@gaiwan/enclave';
import { parseSubject, type Subject } from '@gaiwan/protocol';

export interface Grant {
  /** Whom it was given to: it dies with this account. */
  readonly holder: Subject;
  readonly blob: string;
  readonly access: 'read' | 'write';
  /** Outputs: the attempt whose file it is; empty for uploads. */
  readonly attempt: string;
  /** The attempt that it was given to, with which it dies; empty for users. */
  readonly lease: string;
  /** ms since the epoch. */
  readonly expires: number;
}

/** The holder is in base64url, since its name may have any sign. */
const FORM =
  /^([0-9a-f-]{36})\.(read|write)\.([\w-]{0,80})\.([\w-]{0,80})\.([\w-]{1,200})\.(\d{1,15})\.([\w-]{43})$/;

export class Capabilities {
  readonly #secret: Key256;

  constructor(secret: Key256) {
    this.#secret = secret;
  }

  #mac(body: string): Buffer {
    return this.#secret.use((key) => createHmac('sha256', key).update(body).digest());
  }

  issue({ blob, access, attempt, lease, holder, expires }: Grant): string {
    const who = Buffer.from(holder).toString('base64url');
    const body = `${blob}.${access}.${attempt}.${lease}.${who}.${expires}`;
    return `${body}.${this.#mac(body).toString('base64url')}`;
  }

  /** Undefined unless it is ours and still valid. Whether its holder and its lease are still there is not looked at. */
  check(text: string, now: number): Grant | undefined {
    const [whole, blob = '', kind, attempt = '', lease = '', who = '', expires = '', mac = ''] =
      FORM.exec(text) ?? [];
    if (whole === undefined) return undefined;
    const given = Buffer.from(mac, 'base64url');
    const expected = this.#mac(text.slice(0, text.lastIndexOf('.')));
    if (given.length !== expected.length || !timingSafeEqual(given, expected) || Number(expires) <= now)
      return undefined;
    const holder = parseSubject(Buffer.from(who, 'base64url').toString());
    if (holder === undefined) return undefined;
    const access = kind === 'write' ? 'write' : 'read';
    return { blob, access, attempt, lease, holder, expires: Number(expires) };
  }
}

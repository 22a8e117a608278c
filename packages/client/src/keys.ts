/** The logged-in account's own key. */
import type { gaiwan } from '@gaiwan/protocol';
import { type CallSigner, type Identity, keyIdOf } from './call-signer.ts';
import { GaiwanError } from './errors.ts';
import type { Rpc } from './rpc.ts';
import { reveal, Secret } from './secret.ts';
import type { Signer } from './signer.ts';

/** A key that an account has or had. */
export interface RegisteredKey {
  /** SHA-256 (hex) of the public key: manifests name it. */
  readonly id: string;
  /** SubjectPublicKeyInfo (DER). */
  readonly publicKey: Uint8Array;
  readonly since: Date;
}

/** What the platform knows of the caller. */
export interface Account extends Identity {
  /** Undefined: whoever has the password, or resets it, can do everything as this account. */
  readonly key: RegisteredKey | undefined;
  /** Oldest first. */
  readonly formerKeys: readonly RegisteredKey[];
  /** Does it take part only with participants that have keys? */
  readonly requireKeys: boolean;
}

export class Keys {
  readonly #rpc: Rpc;
  constructor(rpc: Rpc) {
    this.#rpc = rpc;
  }

  async account(): Promise<Account> {
    const { subject, instance, key, formerKeys, requireKeys } = await this.#rpc.account();
    return {
      subject,
      instance,
      key: key && registered(key),
      formerKeys: formerKeys.map(registered),
      requireKeys,
    };
  }

  /**
   * Gives the account its first key; from then on its calls are signed with it. Returns the recovery code, which is shown this once:
   * it replaces the key where that is lost. Rejects with `GaiwanError` (key-exists) for an account that has one.
   */
  async register(signer: Signer): Promise<Secret> {
    const { recoveryCode } = await this.#rpc.keys.registerKey(await this.#offer(signer));
    this.#rpc.useSigner(signer);
    return new Secret(recoveryCode);
  }

  /**
   * Puts another key in the place of the present one, which signs this. Approvals of open tasks by the old key are void. Rejects with
   * `GaiwanError` (same-key) for the present one.
   */
  async rotate(next: Signer): Promise<void> {
    const { key } = await this.account();
    if (key?.id === keyIdOf(next))
      throw new GaiwanError('same-key', `${key.id.slice(0, 16)}… is the key that the account has already.`);
    await this.#rpc.keys.rotateKey(await this.#offer(next));
    this.#rpc.useSigner(next);
  }

  /** Puts another key in the place of a lost one. Returns the code that replaces the used one. */
  async recover(next: Signer, recoveryCode: Secret | string): Promise<Secret> {
    const offer = await this.#offer(next);
    const answer = await this.#rpc.keys.recoverKey({ ...offer, recoveryCode: reveal(recoveryCode) });
    this.#rpc.useSigner(next);
    return new Secret(answer.recoveryCode);
  }

  /** `requireKeys`: take part only with participants that have keys, in every task. */
  async setPreferences(preferences: { readonly requireKeys: boolean }): Promise<void> {
    await this.#rpc.keys.setAccountPreferences(preferences);
  }

  /**
   * Registers the signer's key where the account has none, and returns the recovery code. Rejects with `GaiwanError` (other-key) where
   * the account has another key.
   */
  async ensure(signer: Signer): Promise<Secret | undefined> {
    const { key, subject } = await this.account();
    if (!key) return this.register(signer);
    if (key.id === keyIdOf(signer)) return undefined;
    throw new GaiwanError(
      'other-key',
      `${subject} has the key ${key.id.slice(0, 16)}…, and the given one is ${keyIdOf(signer).slice(0, 16)}….`,
    );
  }

  async #offer(signer: Signer): Promise<{ readonly publicKey: Uint8Array; readonly proof: string }> {
    const offered: CallSigner = this.#rpc.signerOf(signer);
    return { publicKey: signer.publicKey, proof: await offered.proveKey() };
  }
}

const registered = ({ id, publicKey, since }: gaiwan.AccountKey): RegisteredKey => ({
  id,
  publicKey,
  since: new Date(Number(since)),
});

/** gaiwan.v1.KeyService: the caller's own key. Whoever resets a password gets nowhere with it here. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { gaiwan } from '@gaiwan/protocol';
import type { AccountKey, AccountKeys } from '../../../domain/keys.ts';
import { keys, type UserRecord } from '../../../domain/records.ts';
import { refuse } from '../../../errors.ts';
import { limits } from '../../../limits.ts';
import type { Handlers } from '../../../pipeline/handlers.ts';
import type { KeySignatures } from '../../../pipeline/key-signatures.ts';
import { command, query } from '../../../pipeline/method.ts';
import type { CommandCall, Effect } from '../../../pipeline/spec.ts';
import type { SystemClock } from '../../../ports.ts';
import { onOwnAccount } from '../resources.ts';
import { newRecovery, Recoveries } from './recovery.ts';

export interface KeyServiceOptions {
  readonly clock: SystemClock;
  readonly signatures: KeySignatures;
}

type Methods = Handlers<typeof gaiwan.KeyService>;

const getAccount = ({ clock, signatures }: KeyServiceOptions): Methods['getAccount'] =>
  query({
    action: 'GetAccount',
    resource: onOwnAccount,
    run: ({ resource: user }) => ({
      subject: user.subject,
      instance: signatures.instance,
      ...(user.keys && { key: keyMessage(user.keys.current) }),
      formerKeys: (user.keys?.former ?? []).map(keyMessage),
      requireKeys: user.requireKeys === true,
      platformTime: BigInt(clock.now()),
    }),
  });

const registerKey = ({ signatures }: KeyServiceOptions): Methods['registerKey'] =>
  command({
    action: 'RegisterKey',
    resource: onOwnAccount,
    run: async ({ tx, request, resource: user, once }) => {
      requireNoKey(user);
      const made = await once(async () => ({
        current: signatures.requirePossession(user.subject, request),
        recovery: await newRecovery(),
      }));
      const { current, recovery } = made;
      return {
        ...writeKeys(tx, user, { current, former: [], recovery: recovery.hash }, 'key-registered'),
        reply: { recoveryCode: recovery.code },
      };
    },
  });

const rotateKey = ({ signatures }: KeyServiceOptions): Methods['rotateKey'] =>
  command({
    action: 'RotateKey',
    resource: onOwnAccount,
    run: async ({ tx, caller, request, resource: user, once }) => {
      const before = requireKeys(user);
      // Of two rotations that one key has signed, the second finds that it is not the account's key any more.
      if (caller.key?.id !== before.current.id)
        throw refuse(
          'signature-wrong',
          `The key of ${user.id} was replaced meanwhile: sign with the new one.`,
        );
      const current = await once(async () => signatures.requirePossession(user.subject, request));
      return {
        ...writeKeys(tx, user, { ...before, ...succession(before, current) }, 'key-rotated'),
        reply: {},
      };
    },
  });

const recoverKey = ({ signatures }: KeyServiceOptions, recoveries: Recoveries): Methods['recoverKey'] =>
  command({
    action: 'RecoverKey',
    resource: onOwnAccount,
    run: async ({ tx, request, resource: user, once }) => {
      const before = user.keys;
      const made = await once(async () => {
        await recoveries.require(user.subject, request.recoveryCode, before?.recovery);
        const current = signatures.requirePossession(user.subject, request);
        return { current, recovery: await newRecovery(), judged: before?.recovery };
      });
      // Somebody else used the code since it was looked at.
      if (!before || made.judged !== before.recovery)
        throw refuse('recovery-refused', 'The recovery code was used already.');
      const { current, recovery } = made;
      const after = { ...succession(before, current), recovery: recovery.hash };
      return { ...writeKeys(tx, user, after, 'key-recovered'), reply: { recoveryCode: recovery.code } };
    },
  });

const setAccountPreferences: Methods['setAccountPreferences'] = command({
  action: 'SetAccountPreferences',
  resource: onOwnAccount,
  run: ({ tx, request: { requireKeys }, resource: user }) => {
    tx.put(keys.user(user.id), { ...user, requireKeys } satisfies UserRecord);
    const event = { type: 'account-preferences-set', user: user.id, requireKeys: String(requireKeys) };
    return { reply: {}, event };
  },
});

export const keyMethods = (options: KeyServiceOptions): Methods => ({
  getAccount: getAccount(options),
  registerKey: registerKey(options),
  rotateKey: rotateKey(options),
  recoverKey: recoverKey(options, new Recoveries(options.clock)),
  setAccountPreferences,
});

const keyMessage = ({
  id,
  publicKey,
  since,
}: AccountKey): MessageInitShape<typeof gaiwan.AccountKeySchema> => ({
  id,
  publicKey,
  since: BigInt(since),
});

function requireNoKey({ id, keys: found }: UserRecord): void {
  if (found)
    throw refuse(
      'key-exists',
      `${id} has a key already: that key rotates it, or the recovery code replaces it.`,
    );
}

function requireKeys({ id, keys: found }: UserRecord): AccountKeys {
  if (found) return found;
  throw refuse('no-key', `${id} has no key: register one.`);
}

/** The key that was becomes a former one; a bounded number of them is kept. */
const succession = (
  { current, former }: AccountKeys,
  next: AccountKey,
): Pick<AccountKeys, 'current' | 'former'> => ({
  current: next,
  former: [...former, current].slice(-limits.formerKeys.value),
});

function writeKeys(
  tx: CommandCall<unknown, unknown>['tx'],
  user: UserRecord,
  after: AccountKeys,
  type: string,
): Pick<Effect<unknown>, 'event'> {
  tx.put(keys.user(user.id), { ...user, keys: after } satisfies UserRecord);
  return { event: { type, user: user.id, key: after.current.id } };
}

/** What is done with keys of the TPM: opening challenges, sealing, unsealing. All reject with `TpmError`. */
import { PASSWORD } from './command.ts';
import { hierarchies, type TpmHandles, type TpmKey } from './lending.ts';
import { sealedData, storageKey } from './templates.ts';
import { type Bank, concat, pcrSelection, tpm2b, u16, u32 } from './wire.ts';

export interface SealedObject {
  readonly privateArea: Uint8Array;
  readonly publicArea: Uint8Array;
}

/** Opens a challenge (TPM2_MakeCredential) that was made for this EK and the key of that name. */
export async function activateCredential(
  tpm: TpmHandles,
  key: TpmKey,
  ek: TpmKey,
  challenge: { readonly credentialBlob: Uint8Array; readonly encryptedSecret: Uint8Array },
): Promise<Uint8Array> {
  return tpm.withPolicySession(async (session) => {
    await tpm.run({
      name: 'PolicySecret',
      handles: [hierarchies.endorsement, session],
      sessions: [PASSWORD],
      parameters: concat(u16(0), u16(0), u16(0), u32(0)),
    });
    const { parameters } = await tpm.run({
      name: 'ActivateCredential',
      handles: [key.handle, ek.handle],
      sessions: [PASSWORD, session],
      parameters: concat(tpm2b(challenge.credentialBlob), tpm2b(challenge.encryptedSecret)),
    });
    return parameters.tpm2b();
  });
}

/** At most 128 bytes, opened by this policy only. */
export async function sealUnder(
  tpm: TpmHandles,
  secret: Uint8Array,
  policy: Uint8Array,
): Promise<SealedObject> {
  return tpm.withPrimary('owner', storageKey, async ({ handle }) => {
    const inner = concat(u16(4 + secret.length), u16(0), u16(secret.length), secret);
    const parameters = concat(inner, tpm2b(sealedData(policy)), u16(0), u32(0));
    try {
      const answer = await tpm.run({
        name: 'Create',
        handles: [handle],
        sessions: [PASSWORD],
        parameters,
      });
      return { privateArea: answer.parameters.tpm2b(), publicArea: answer.parameters.tpm2b() };
    } finally {
      inner.fill(0);
      parameters.fill(0);
    }
  });
}

/** Of what was sealed to these PCRs; refused (POLICY_FAIL) where they have other values now. */
export async function unsealFrom(
  tpm: TpmHandles,
  sealed: SealedObject,
  bank: Bank,
  pcrs: readonly number[],
): Promise<Uint8Array> {
  return tpm.withPrimary('owner', storageKey, async (parent) => {
    const { handle } = await tpm.run({
      name: 'Load',
      handles: [parent.handle],
      sessions: [PASSWORD],
      parameters: concat(tpm2b(sealed.privateArea), tpm2b(sealed.publicArea)),
      returnsHandle: true,
    });
    return tpm.lend(handle, () =>
      tpm.withPolicySession(async (session) => {
        await tpm.run({
          name: 'PolicyPCR',
          handles: [session],
          parameters: concat(u16(0), pcrSelection(bank, pcrs)),
        });
        const { parameters } = await tpm.run({ name: 'Unseal', handles: [handle], sessions: [session] });
        return parameters.tpm2b();
      }),
    );
  });
}

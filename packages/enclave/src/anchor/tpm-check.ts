/** Whether a TPM can be an anchor, before somebody relies on it. Nothing in it is changed. */
import type { CommandName } from '../tpm2/command.ts';
import { Tpm, TpmError, type TpmTransport } from '../tpm2/index.ts';

const needed = [
  'NV_DefineSpace',
  'NV_UndefineSpace',
  'NV_ReadPublic',
  'NV_Increment',
  'NV_Write',
  'NV_Read',
  'NV_Certify',
] as const satisfies readonly CommandName[];
/** TPM_PT_PERMANENT, whose lowest bit says that the owner has a password; TPM_PT_NV_COUNTERS_AVAIL. */
const [PERMANENT, COUNTERS_LEFT] = [0x200, 0x20a];

/** Why the TPM cannot be an anchor; undefined where it can. Rejects with `MachineError` for an address that is none. */
export async function tpmAnchorProblem(open: () => Promise<TpmTransport>): Promise<string | undefined> {
  let tpm: Tpm | undefined;
  try {
    tpm = new Tpm(await open());
    for (const command of needed) if (!(await tpm.has(command))) return `the TPM has no ${command}`;
    if (((await tpm.property(PERMANENT)) ?? 0) & 1)
      return 'the owner of the TPM has a password, so nobody else can make NV indices in it';
    if ((await tpm.property(COUNTERS_LEFT)) === 0) return 'the TPM has no room for another counter';
    return undefined;
  } catch (error) {
    if (!(error instanceof TpmError)) throw error;
    return error.message;
  } finally {
    await tpm?.close();
  }
}

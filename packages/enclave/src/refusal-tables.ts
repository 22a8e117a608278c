/** Every class of errors of this package with its codes, for docs/errors.md. */
import { anchorRefusals } from './anchor/anchor.ts';
import { attesterRefusals } from './attester/attester.ts';
import { machineRefusals } from './machine/settings.ts';
import { measureRefusals } from './measure/error.ts';
import { secretMemoryRefusals } from './memory/arena.ts';
import { layoutRefusals } from './memory/layout.ts';
import { sealingRefusals } from './sealing/sealer.ts';
import { tpmRefusals } from './tpm2/errors.ts';
import { pcrRefusals } from './tpm2/pcr-mismatch.ts';

export const refusalTables = {
  AnchorError: anchorRefusals,
  AttesterError: attesterRefusals,
  LayoutError: layoutRefusals,
  MachineError: machineRefusals,
  MeasureError: measureRefusals,
  PcrMismatch: pcrRefusals,
  SealingError: sealingRefusals,
  SecretMemoryError: secretMemoryRefusals,
  TpmError: tpmRefusals,
} as const;

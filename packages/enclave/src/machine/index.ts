export { detectTee, type Interfaces } from './detect.ts';
export { type Machine, type MachineAnchor, openMachine } from './machine.ts';
export {
  type AnchorSettings,
  anchorInterval,
  type KeyBrokerSettings,
  keysConfiguration,
  MachineError,
  type MachineSettings,
  type Tee,
  tees,
} from './settings.ts';
export { connectTpm, DEFAULT_TPM } from './tpm-address.ts';
export { measuredPcr, measureIntoPcr } from './tpm-measure.ts';

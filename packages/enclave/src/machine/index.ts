export { detectTee, type Interfaces } from './detect.ts';
export { type Machine, openMachine } from './machine.ts';
export {
  type KeyBrokerSettings,
  keysConfiguration,
  MachineError,
  type MachineSettings,
  type Tee,
  tees,
} from './settings.ts';
export { measuredPcr, measureIntoPcr } from './tpm-measure.ts';

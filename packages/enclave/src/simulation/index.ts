export { type Measured, type SimulatedRegisters, simulatedRegisters } from './registers.ts';
export {
  createSimulation,
  openSimulation,
  readSimulationTrust,
  type Simulation,
  SimulationError,
  type SimulationFault,
  simulationFaults,
} from './simulation.ts';

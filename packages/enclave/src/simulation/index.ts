export { type Measured, type SimulatedRegisters, simulatedRegisters } from './registers.ts';
export {
  createSimulation,
  openSimulation,
  readSimulationTrust,
  type Simulation,
  SimulationError,
  type SimulationFault,
  type SimulationTrust,
  simulationFaults,
} from './simulation.ts';

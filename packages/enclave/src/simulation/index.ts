export {
  createSimulation,
  openSimulation,
  type Simulation,
  type SimulationFault,
  simulationFaults,
} from './simulation.ts';

export { compositeMeasurement } from './composite.ts';
export { type Judgement, judge } from './judge.ts';
export { policiesFor, type ReferenceValues } from './reference.ts';
export type { RootsOfTrust } from './roots.ts';
export { type ServiceTrust, serviceVerifier } from './service.ts';
export { simulationRoots, simulationTrust } from './simulation.ts';
export { type VendorSettings, vendorTrust } from './vendors.ts';

/** Running functions. */
export { BuiltinExecutor, type BuiltinExecutorOptions } from './builtin/pool.ts';
export { ExecutorError, type ExecutorErrorCode, HostFault, type HostFaultCode } from './errors.ts';
export * from './executor.ts';
export { customRunner } from './languages/custom.ts';
export * from './languages/specs.ts';
export { AbilityState } from './sandbox/ability.ts';
export { SandboxError, type SandboxErrorCode } from './sandbox/errors.ts';
export { within } from './sandbox/hidden-paths.ts';
export { KeptSandboxes } from './sandbox/kept.ts';
export { LAYERS, type Layer } from './sandbox/launcher.ts';
export { checkLayers } from './sandbox/layers.ts';
export {
  requiredByDefault,
  type SandboxExecutorOptions,
  type SandboxOptions,
  type WarmOptions,
} from './sandbox/options.ts';
export { type Host, type LayerReport, probeHost } from './sandbox/os/probe.ts';
export { which } from './sandbox/os/tools.ts';
export type { RunnerSpec } from './sandbox/runner.ts';
export { nodeRuntime, systemRuntime } from './sandbox/runtimes.ts';
export { SandboxExecutor } from './sandbox/sandbox-executor.ts';
export { type Leave, Slots } from './slots.ts';
export * from './staged.ts';
export { StagingMemory } from './staging-memory.ts';
export { untilAborted } from './until-aborted.ts';

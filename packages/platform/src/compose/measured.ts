/** What runs, as a simulated machine or a TPM is told: this package with all it depends on, and what the operator decided. */
import { type Bundle, measureConfiguration } from '@gaiwan/enclave';
import { defaultTaskLimits } from '../domain/limits.ts';
import type { Limits } from '../domain/records.ts';
import { measureSelf } from '../services/execution/measure-self.ts';

/** Of a platform's options, those that decide what it may do with data. Addresses, folders and numbers of workers do not. */
export interface MeasuredConfiguration {
  /** Origins that external URLs may have. */
  readonly allowUrls?: readonly string[];
  readonly taskLimits?: Limits;
}

export interface MeasuredPlatform {
  readonly bundle: Bundle;
  /** SHA-256, hexadecimal. */
  readonly configuration: string;
}

/** Rejects with `MeasureError` where a part of the installation is missing. */
export async function measurePlatform({
  allowUrls = [],
  taskLimits = defaultTaskLimits,
}: MeasuredConfiguration = {}): Promise<MeasuredPlatform> {
  const origins = [...new Set(allowUrls)].sort();
  return {
    bundle: await measureSelf(),
    configuration: measureConfiguration({ allowUrls: origins, taskLimits }),
  };
}

/** This package with all that it depends on, as it is installed: the program that all processes of a platform run. */
import { fileURLToPath } from 'node:url';
import { type Bundle, measureBundle } from '@gaiwan/enclave';

const PACKAGE = fileURLToPath(new URL('../../..', import.meta.url));

/** Rejects with `MeasureError` where a part of the installation is missing. */
export const measureSelf = (): Promise<Bundle> => measureBundle(PACKAGE);

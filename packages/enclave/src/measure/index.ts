export { type Bundle, measureBundle, measureConfiguration } from './bundle.ts';
export { MeasureError } from './error.ts';
export { requireMeasuredProcess } from './process.ts';

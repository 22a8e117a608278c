/** The limits that the catalogue itself sets. */
import { limitTable } from '@gaiwan/errors';

export const limits = limitTable({
  parties: { value: 1000, unit: 'count', what: 'parties of one function' },
  features: { value: 4096, unit: 'count', what: 'features of principal components' },
});

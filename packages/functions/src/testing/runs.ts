/** How often tests of properties run. */

/** A property whose runs are costly has `quick` of them in `npm test`, and a multiple in `npm run test:full`. */
export const runs = (quick: number): number => quick * Number(process.env['GAIWAN_PROPERTY_FACTOR'] ?? 1);

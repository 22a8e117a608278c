/** What a SIMD register holds. */
export const DOUBLE = 8;
/** Bytes of two doubles side by side. */
export const PAIR = 2 * DOUBLE;

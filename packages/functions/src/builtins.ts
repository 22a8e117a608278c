import { echo } from './echo.ts';
import type { CataloguedFunction } from './function.ts';
import { orderedSetIntersect } from './intersect/intersect.ts';
import { privateJoinAndCompute } from './join/join.ts';

/** Every built-in function by its registered name. */
export const builtins: ReadonlyMap<string, CataloguedFunction> = new Map(
  [echo, orderedSetIntersect, privateJoinAndCompute].map((builtin) => [builtin.name, builtin]),
);

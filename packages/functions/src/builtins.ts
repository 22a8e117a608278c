import { joinAggregate } from './aggregate/aggregate.ts';
import { onlineDecrypt } from './decrypt/decrypt.ts';
import { echo } from './echo.ts';
import type { CataloguedFunction } from './function.ts';
import { orderedSetIntersect } from './intersect/intersect.ts';
import { privateJoinAndCompute } from './join/join.ts';
import { passwordCheck } from './password/password.ts';
import { rsaSign } from './rsa/sign.ts';
import { privateSetIntersect } from './sets/intersect.ts';

/** Every built-in function by its registered name. */
export const builtins: ReadonlyMap<string, CataloguedFunction> = new Map(
  [
    // In the order of their names.
    echo,
    joinAggregate,
    orderedSetIntersect,
    passwordCheck,
    privateJoinAndCompute,
    privateSetIntersect,
    rsaSign,
    onlineDecrypt,
  ].map((builtin) => [builtin.name, builtin]),
);

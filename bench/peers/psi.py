"""Python's sets as a peer of bench/psi.ts: for each line on standard input, intersects two files of lines and prints the seconds."""

import sys
import time

first, second, result = sys.argv[1:]
for _ in sys.stdin:
    begin = time.perf_counter()
    with open(first, "rb") as a, open(second, "rb") as b, open(result, "wb") as out:
        known = set(b)
        out.writelines(line for line in a if line in known)
    print(time.perf_counter() - begin, flush=True)

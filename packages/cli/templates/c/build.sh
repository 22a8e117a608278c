#!/bin/sh
# Debian 12: apt-get install clang lld
set -eu
cd "$(dirname "$0")"
clang --target=wasm32 -mcpu=mvp -O2 -nostdlib -Wall -Wextra -Werror -Wl,--no-entry -Wl,--strip-all -o function.wasm function.c

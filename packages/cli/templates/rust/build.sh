#!/bin/sh
# Debian 12: apt-get install rustc libstd-rust-dev-wasm32 lld. With rustup: RUSTC="$(rustup which rustc)" TARGET=wasm32-wasip1
set -eu
cd "$(dirname "$0")"
"${RUSTC:-rustc}" --target "${TARGET:-wasm32-wasi}" --edition 2021 -O -C strip=symbols -o function.wasm src/main.rs

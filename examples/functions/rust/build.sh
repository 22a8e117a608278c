#!/bin/sh
# Debian 12: apt-get install rustc libstd-rust-dev-wasm32 lld. With rustup: RUSTC="$(rustup which rustc)" and the target wasm32-unknown-unknown.
set -eu
cd "$(dirname "$0")"
"${RUSTC:-rustc}" --target wasm32-unknown-unknown --edition 2021 --crate-type cdylib --crate-name psi \
  -C opt-level=s -C lto=fat -C panic=abort -C strip=symbols -C codegen-units=1 \
  --remap-path-prefix "$PWD=." -o psi.wasm src/lib.rs

#!/usr/bin/env bash
# Makes the pictures of the README and an asciinema cast from a real run, as assets/tour.keys says.
# Needs Rust, nothing else; `asciinema play assets/tour.cast` plays the cast.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --quiet --release --package netsim-tui
target=$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
cargo run --quiet --package netsim-tui --example record -- \
  assets/tour.keys assets "$target/release/netsim"
ls -l assets

#!/usr/bin/env bash
# Lints the library under each of its Cargo features alone, in the pairs that a backend writes, and without any:
# whoever leaves something out compiles no less, and without a warning. The examples of the hashers' documentation are
# run without any, as whoever needs only these has them.
set -euo pipefail
cd "$(dirname "$0")/.."
# Each combination compiles some dependencies anew: the gate looks at those where most is left out.
few=("" guard,postgres server,sqlite)
all=("" server guard remote postgres mysql sqlite guard,postgres guard,mysql guard,sqlite guard,remote server,postgres server,sqlite)
if [ "${1:-}" = full ]; then chosen=("${all[@]}"); else chosen=("${few[@]}"); fi
for features in "${chosen[@]}"; do
    echo "features: ${features:-none}"
    cargo clippy --locked --quiet --lib --bins --no-default-features --features "$features" -- -D warnings
done
echo "documentation's examples: none"
cargo test --locked --quiet --doc --no-default-features

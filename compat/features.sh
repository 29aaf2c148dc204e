#!/usr/bin/env bash
# Lints the library under each of its Cargo features alone, in the pairs that a backend writes, and without any:
# whoever leaves something out compiles no less, and without a warning. The examples of the hashers' documentation are
# run without any, as whoever needs only these has them.
set -euo pipefail
cd "$(dirname "$0")/.."
# Each combination compiles some dependencies anew: the gate looks at each feature, and at two pairs.
few=("" server guard remote postgres mysql sqlite guard,postgres server,sqlite)
all=("${few[@]}" guard,mysql guard,sqlite guard,remote server,postgres)
if [ "${1:-}" = full ]; then chosen=("${all[@]}"); else chosen=("${few[@]}"); fi
for features in "${chosen[@]}"; do
    echo "features: ${features:-none}"
    cargo clippy --locked --quiet --lib --bins --no-default-features --features "$features" -- -D warnings
done
echo "documentation's examples: none"
cargo test --locked --quiet --doc --no-default-features
# Cargo joins the features of all who use a crate: ours must not decide how a backend writes its own JSON.
backend=guard,remote,postgres,mysql,sqlite
json=$(cargo tree --locked --no-default-features --features "$backend" --edges features,no-dev --invert serde_json)
if grep -q preserve_order <<<"$json"; then
    echo "features: serde_json's preserve_order is on with $backend: the order of members in the JSON of a whole program" >&2
    exit 1
fi

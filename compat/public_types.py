#!/usr/bin/env python3
"""Which types and traits of other crates are in the public interface of the library: those of the list, and no others.

    compat/public_types.py          what `cargo check-external-types` does, from rustdoc's own description

A new major version of one of them is one of this crate. The list stands in the documentation of the room `guard`, too.
Exit 0: as written. Exit 1: not. Exit 3: this rustdoc describes interfaces in a way that is not known here.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FEATURES = "guard,remote,postgres,mysql,sqlite"

# Each crate that shows, and where.
ALLOWED = {
    "async_trait": "a verifier of one's own is written with its attribute",
    "axum_core": "AuthenticatedUser is an extractor, Refusal a response",
    "bytes": "the bodies of refusals",
    "getrandom": "TokenKey::generate and the hashers' salts can fail",
    "http": "requests, responses and their parts",
    "http_body": "ResponseBody is a body",
    "serde_json": "the room drf renders it",
    "sqlx_core": "a pool of the backend's own",
    "sqlx_mysql": "a pool of the backend's own",
    "sqlx_postgres": "a pool of the backend's own",
    "sqlx_sqlite": "a pool of the backend's own",
    "tower_layer": "RequireToken is a layer",
    "tower_service": "RequireTokenService is a service",
}
OURS = {"std", "core", "alloc", "drf_auth"}
# What only derives and macros write, and what no one can name through this crate.
HIDDEN = {"thiserror", "pin_project_lite"}


def describe():
    """rustdoc's description of the library."""
    env = {**os.environ, "RUSTC_BOOTSTRAP": "1"}
    command = [
        "cargo", "rustdoc", "--locked", "--quiet", "--lib", "--no-default-features", "--features", FEATURES,
        "--", "-Z", "unstable-options", "--output-format", "json",
    ]  # fmt: skip
    subprocess.run(command, cwd=ROOT, env=env, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return json.loads((target / "doc/drf_auth.json").read_text())


def documented():
    """The crates that the room `guard` names in its documentation."""
    text = (ROOT / "src/guard.rs").read_text()
    section = text.split("# Types of other crates")[1].split("compat/public_types.py")[0]
    rooms = {"drf", "accounts", "django"}
    return {name.replace("-", "_") for name in re.findall(r"`([a-z_-]+)`", section)} - rooms


def references(value):
    """The ids that a part of the description names as types or traits, or hands on under a name of its own."""
    if isinstance(value, dict):
        if "id" in value and not value.keys().isdisjoint({"path", "args", "source"}):
            yield value["id"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def foreign(described):
    """By crate, the types that show and an item that shows each."""
    paths, crates, found = described["paths"], described["external_crates"], {}
    for item in described["index"].values():
        inner = item["inner"]
        written = inner.get("impl")
        if item["crate_id"] != 0 or (written and (written["is_synthetic"] or written["blanket_impl"])):
            continue
        for used in references(inner):
            path = paths.get(str(used))
            if path is None or path["crate_id"] == 0:
                continue
            crate = crates[str(path["crate_id"])]["name"]
            where = item["name"] or "an impl"
            span = item.get("span") or {}
            found.setdefault(crate, {}).setdefault("::".join(path["path"]), f"{span.get('filename')}: {where}")
    return {crate: types for crate, types in found.items() if crate not in OURS | HIDDEN}


def main():
    described = describe()
    try:
        found = foreign(described)
    except (KeyError, TypeError, AttributeError) as error:
        print(f"public types: rustdoc's format {described.get('format_version')} is not known here ({error!r})")
        return 3
    wrong = sorted(set(found) - set(ALLOWED))
    for crate in wrong:
        for name, where in sorted(found[crate].items()):
            print(f"public types: {name} shows in {where}")
    gone = sorted(set(ALLOWED) - set(found))
    if gone:
        print(f"public types: written down, but nowhere to be seen: {', '.join(gone)}")
    # sqlx shows by the crates that it is made of.
    unlike = documented() ^ {crate.split("_")[0] if crate.startswith("sqlx_") else crate for crate in ALLOWED}
    if unlike:
        print(f"public types: written here or in src/guard.rs, but not in both: {', '.join(sorted(unlike))}")
    if not wrong and not gone and not unlike:
        print(f"public types: of other crates only those of {', '.join(sorted(found))}")
    return 1 if wrong or gone or unlike else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env bash
# Writes a thin package of its own for each part that is mutated, so that a mutant compiles in seconds: thin.sh DIRECTORY.
#
# DIRECTORY/core       src/core, with src/api beside it as a package that is not compiled again: no client, no SDK
# DIRECTORY/aws        src/core and src/aws with the SDK, without Kubernetes
# DIRECTORY/simulator  the simulator's model and its fact tests, without the server
#
# The sources are copies (a mutant is written into them), the versions are those of Cargo.lock.
set -euo pipefail
repository=$(cd "$(dirname "$0")/../.." && pwd)
directory=$(mkdir -p "$1" && cd "$1" && pwd)

# What a package needs of the workspace's manifest: `NAME = ...` lines, as they are there.
dependency() { # NAME...
  local name
  for name in "$@"; do
    if grep -q "^$name\.workspace = true" "$repository/Cargo.toml"; then
      sed -n '/^\[workspace.dependencies\]/,/^$/p' "$repository/Cargo.toml" | grep "^$name = "
    else
      sed -n '/^\[dependencies\]/,/^$/p' "$repository/Cargo.toml" | grep "^$name = "
    fi
  done
}

head_of() { # NAME
  printf '[package]\nname = "%s"\nversion = "0.1.0"\nedition = "2024"\npublish = false\n\n' "$1"
  # Warnings about what a mutant leaves unused are nobody's concern.
  printf '[lints.rust]\nwarnings = "allow"\n\n'
}

# The packages lie in `target`, below a workspace that they are no members of.
workspace='
[workspace]
'

# Copies only what differs, so that cargo compiles only what differs; what is no longer there goes.
copy() { # FROM TO
  mkdir -p "$2"
  local file
  (cd "$1" && find . -type f) | while read -r file; do
    cmp -s "$1/$file" "$2/$file" || install -D -m 644 "$1/$file" "$2/$file"
  done
  (cd "$2" && find . -type f) | while read -r file; do [[ -e $1/$file ]] || rm "$2/$file"; done
}

# The tests run thousands of times. The SDK would take longer to optimize than it takes to run.
profile='
[profile.dev]
debug = false
incremental = true
'
quick_dependencies='
[profile.dev.package."*"]
opt-level = 1
'
plain_dependencies='
[profile.dev.package."*"]
debug = false
'

api() { # DIRECTORY
  copy "$repository/src/api" "$1/api/src/api"
  echo 'pub mod api;' >"$1/api/src/lib.rs"
  {
    head_of expressway-api
    echo '[dependencies]'
    dependency jiff k8s-openapi schemars serde serde_json serde-saphyr strum
    echo 'kube = { version = "5", default-features = false, features = ["derive"] }'
  } >"$1/api/Cargo.toml"
}

# `crate::api` is the other package, under its own name.
package() { # NAME PARTS DEPENDENCIES REST
  local here=$directory/$1 part
  mkdir -p "$here/src"
  api "$here"
  copy "$repository/crds" "$here/crds"
  echo 'pub use expressway_api::api;' >"$here/src/lib.rs.new"
  for part in $2; do
    copy "$repository/src/$part" "$here/src/$part"
    echo "pub mod $part;" >>"$here/src/lib.rs.new"
  done
  cmp -s "$here/src/lib.rs.new" "$here/src/lib.rs" || cp "$here/src/lib.rs.new" "$here/src/lib.rs"
  rm "$here/src/lib.rs.new"
  {
    head_of expressway
    echo '[dependencies]'
    echo 'expressway-api = { path = "api" }'
    dependency $3
    printf '\n[dev-dependencies]\n'
    dependency proptest
    echo "$4$workspace"
  } >"$here/Cargo.toml"
  cp "$repository/Cargo.lock" "$here/Cargo.lock"
}

simulator() {
  local here=$directory/simulator of=$repository/tests/simulator part
  for part in model wire; do copy "$of/src/$part" "$here/src/$part"; done
  copy "$of/tests" "$here/src/facts"
  cp "$of/src/time.rs" "$here/src/time.rs"
  # The tests are a part of the library here: one program to compile and to link. The server's tests and the table of
  # facts have no say about the model.
  sed -E -e '/^mod (server|record|fact_table);/d' -e 's/^mod /pub mod /' "$of/tests/main.rs" >"$here/src/facts/mod.rs"
  sed -E -e '/^pub mod (server|exchange);/d' -e 's/^pub mod model;/extern crate self as express_simulator;\n&/' "$of/src/lib.rs" >"$here/src/lib.rs"
  printf '\n#[cfg(test)]\nmod facts;\n#[cfg(test)]\nuse facts::given;\n' >>"$here/src/lib.rs"
  {
    head_of express-simulator
    echo '[dependencies]'
    dependency serde serde_json thiserror
    printf '\n[dev-dependencies]\n'
    dependency proptest
    echo "$profile$quick_dependencies$workspace"
  } >"$here/Cargo.toml"
  cp "$repository/Cargo.lock" "$here/Cargo.lock"
}

core="jiff k8s-openapi serde_json sha2 strum"
sdk="aws-config aws-credential-types aws-sdk-ecs futures prometheus-client thiserror tokio tokio-util tower tracing"
package core core "$core" "$profile$quick_dependencies"
package aws "core aws" "$core $sdk" "express-simulator = { path = \"$repository/tests/simulator\" }
$profile$plain_dependencies"
simulator

#!/usr/bin/env bash
# Checks without running anything: format, lints, generated files, lock files, scripts, README: verify.sh PROGRAMS.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
programs=$1
cd "$repository"
trap 'rm -f target/crd.yaml' EXIT

# One check; when it fails, what to do about it.
check() { # WHAT ADVICE COMMAND...
  echo "verify: $1"
  local advice=$2
  shift 2
  "$@" || {
    echo "make verify: $advice" >&2
    exit 1
  }
}

crd_is_fresh() {
  "$programs/expressway" crd >target/crd.yaml
  diff -u crds/expressgatewayservices.yaml target/crd.yaml
}

cargo_lock_is_in_step() {
  cargo metadata --locked --format-version 1 >/dev/null
  cargo metadata --locked --format-version 1 --manifest-path tests/fuzz/Cargo.toml >/dev/null
}

go_sum_is_in_step() {
  # `-mod=readonly` refuses to go on when go.mod or go.sum would have to change.
  (cd tests/control-plane && go list -mod=readonly tool >/dev/null)
  (cd tests/conformance/kstatus && go list -mod=readonly -deps ./... >/dev/null)
}

go_code_is_formatted() {
  local unformatted
  unformatted=$(gofmt -l tests/conformance/kstatus)
  [[ -z $unformatted ]] || {
    echo "$unformatted"
    return 1
  }
}

scripts_are_sound() {
  local script
  for script in "$here"/*.sh "$repository/tests/fuzz/run.sh" "$repository/.ci/run"; do
    bash -n "$script" || return 1
  done
  if command -v shellcheck >/dev/null; then
    shellcheck --external-sources --exclude=SC1090,SC1091 "$here"/*.sh "$repository/tests/fuzz/run.sh" "$repository/.ci/run"
  fi
}

check "Cargo.lock is in step with Cargo.toml" "run: cargo update --workspace, here and in tests/fuzz" cargo_lock_is_in_step
check "go.sum is in step with go.mod" "run: go mod tidy, in tests/control-plane and in tests/conformance/kstatus" go_sum_is_in_step
check "the Go code is formatted" "run: gofmt -w tests/conformance/kstatus" go_code_is_formatted
check "the Rust code is formatted" "run: make fmt" cargo fmt --all --check
check "crds/ is what the code says" "crds/expressgatewayservices.yaml is stale; run: make crds" crd_is_fresh
check "the scripts can be read" "correct the script that is named above" scripts_are_sound
check "the README tells the truth about make and the samples" "correct README.md or Makefile" "$here/check-readme"
check "clippy has nothing to say" "correct what clippy names above" \
  cargo clippy --quiet --locked --workspace --all-targets -- -D warnings
echo "verify: all is well"

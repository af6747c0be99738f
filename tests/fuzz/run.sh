#!/usr/bin/env bash
# Fuzzes what is read: run.sh SECONDS [TARGET...]; run.sh replay TARGET FILE; run.sh minimise.
#
# On the stable toolchain and without a sanitizer: there is no unsafe code here for one to watch. What is looked for are panics,
# broken rules (tests/inputs/src/fuzzed), inputs that take long, and memory without bound.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

VERSION=0.13.2
targets=(answers object)
corpus=tests/fuzz/corpus
work=target/fuzz
# What is kept is small: an input that is longer than this says what a shorter one says, too.
declare -A most=([answers]=3500 [object]=1500)
# No input may need more than this; the whole SDK and a runtime are in it.
limits=(-rss_limit_mb=1024 -malloc_limit_mb=256 -timeout=20 -max_len=131072)

export PATH=$PWD/target/tools/bin:$PATH
[[ $(cargo fuzz --version 2>/dev/null) == "cargo-fuzz $VERSION" ]] ||
  cargo install --quiet --locked --version "$VERSION" --root target/tools cargo-fuzz

fuzz() { # COMMAND TARGET ARGUMENTS...
  local command=$1
  shift
  cargo fuzz "$command" --fuzz-dir tests/fuzz --sanitizer none --target-dir "$work" "$@"
}

# What is new stays in target/: only what `minimise` keeps is for the repository.
one() { # TARGET SECONDS
  local target=$1 log=$work/$1.log
  mkdir -p "$work/corpus/$target" "$work/artifacts/$target"
  if ! fuzz run "$target" "$work/corpus/$target" "$corpus/$target" -- "${limits[@]}" -max_total_time="$2" \
    -seed="${SEED:-1}" -print_final_stats=1 -artifact_prefix="$work/artifacts/$target/" &>"$log"; then
    grep -E "panicked at|SUMMARY|ERROR" -A 1 "$log" | head -20 >&2
    echo "replay: tests/fuzz/run.sh replay $target $(sed -n 's/.*Test unit written to //p' "$log" | tail -1)" >&2
    return 1
  fi
  local runs rss features
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  rss=$(sed -n 's/^stat::peak_rss_mb: *//p' "$log")
  features=$(sed -n 's/.* ft: \([0-9]*\) .*/\1/p' "$log" | tail -1)
  echo "fuzz $target: $runs inputs in $2 seconds, $features features, at most $rss MB"
}

case ${1:?SECONDS, replay or minimise} in
  replay) fuzz run "$2" "$3" -- "${limits[@]}" ;;
  minimise)
    for target in "${targets[@]}"; do
      mkdir -p "$work/corpus/$target" "$corpus/$target"
      kept=$(mktemp -d)
      fuzz run "$target" "$kept" "$work/corpus/$target" "$corpus/$target" -- -merge=1 -set_cover_merge=1 -use_counters=0 \
        -max_len="${most[$target]}"
      rm -r "${corpus:?}/$target" && mv "$kept" "$corpus/$target" && chmod 755 "$corpus/$target"
    done
    du -sh "$corpus"/*
    ;;
  *)
    seconds=$1
    shift
    [[ $# -gt 0 ]] && targets=("$@")
    for target in "${targets[@]}"; do one "$target" "$seconds"; done
    ;;
esac

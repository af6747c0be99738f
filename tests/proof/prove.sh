#!/usr/bin/env bash
# Everything that is promised, shown by machines, and the figures as a table at the end: prove.sh [PART...].
# What each part says stands in target/prove/PART.log; a part that fails prints the line that replays its failure.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
logs=target/prove
mkdir -p "$logs"

prove() { cargo run --locked --quiet --release -p proof --bin prove -- "$@"; }

# The largest bounds that are explored to their end within five minutes on two cores each, and each policy within smaller ones.
states() {
  prove states && prove states --settled --outside 1 --edits 1 || return 1
  for policy in defaults retain report adopt observe; do
    prove states --policy "$policy" --edits 1 --outside 1 --faults 0 || return 1
  done
}
leaders() { prove states --controllers 2 --edits 1; }
crashes() { prove crashes; }
faults() { prove faults; }
inputs() { make --no-print-directory inputs; }
fuzz() { make --no-print-directory fuzz; }
soak() { make --no-print-directory soak; }
mutants() { make --no-print-directory mutants; }

# The lines of a log that are its figures.
figures() { # PART
  case $1 in
    states | leaders) sed -n 's/^| state space | \(.*\) |$/\1/p' "$logs/$1.log" | tr '|' ';' ;;
    inputs) grep -o 'inputs: .*\|served: .*' "$logs/$1.log" | tr -d '{}"' ;;
    mutants) grep -E '^[a-z]+: [0-9]+ mutants' "$logs/$1.log" ;;
    soak) grep -E 'edits|reconciles|Resident memory|all as declared' "$logs/$1.log" | sed 's/^ *//' ;;
    *) tail -4 "$logs/$1.log" ;;
  esac | grep -v '^$' | sed 's/  */ /g' | paste -sd ';' | sed 's/;/; /g'
}

parts=("$@")
[[ ${#parts[@]} -gt 0 ]] || parts=(states leaders crashes faults inputs fuzz soak mutants)
failed=0
rows=()
for part in "${parts[@]}"; do
  echo "== $part"
  started=$SECONDS
  if "$part" 2>&1 | tee "$logs/$part.log"; then outcome=holds; else outcome=BROKEN failed=1; fi
  rows+=("| $part | $outcome | $((SECONDS - started)) s | $(figures "$part") |")
done
printf '\n| what | outcome | time | figures |\n| --- | --- | --- | --- |\n'
printf '%s\n' "${rows[@]}"
exit "$failed"

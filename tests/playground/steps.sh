# What the demo's steps are made of: print a command, run it, check what it shows. Sourced, not run.

step=none     # the step that is being played
seen=""       # what the last command showed
watch_pid=""  # the `kubectl get --watch` that runs

say() {
  printf '%s\n' "$*"
}

# The beginning of a step: its title, and what to look at.
step() { # TITLE WHAT_TO_LOOK_AT
  step=$1
  say ""
  say "== $1"
  say "   $2"
}

fail() { # WHAT_WAS_EXPECTED WHAT_WAS_SEEN
  {
    say ""
    say "make demo: this step failed: $step"
    say "expected: $1"
    say "seen:"
    say "$2"
    say "The logs are in target/demo/logs."
  } >&2
  exit 1
}

# A command, printed before it runs; what it shows is in `seen`.
run() { # COMMAND
  say "\$ $1"
  if ! seen=$(bash -o pipefail -c "$1" 2>&1); then
    fail "this command to succeed: $1" "$seen"
  fi
  say "$seen"
}

# What the last command showed matches.
expect() { # PATTERN MEANING
  grep -q -e "$1" <<<"$seen" || fail "$2 (a line that matches '$1')" "$seen"
}

# How many lines of what the last command showed match.
expect_count() { # NUMBER PATTERN MEANING
  local count
  count=$(grep -c -e "$2" <<<"$seen" || true)
  [ "$count" = "$1" ] || fail "$3 ($1 lines that match '$2', not $count)" "$seen"
}

# As wide as the terminal; anywhere else, whole.
crop() {
  local width=0
  if [ -t 1 ]; then
    width=$(stty size 2>/dev/null </dev/tty | cut -d ' ' -f 2) || width=0
  fi
  if [ "${width:-0}" -gt 0 ]; then
    printf '%s\n' "${1:0:$width}"
  else
    printf '%s\n' "$1"
  fi
}

end_watch() {
  if [ -n "$watch_pid" ]; then
    kill "$watch_pid" 2>/dev/null || true
    wait "$watch_pid" 2>/dev/null || true
    watch_pid=""
  fi
}

# A command that goes on; it is ended when its lines have matched all patterns, one after the other.
watch() { # COMMAND PATTERN...
  local piece line="" fifo=$folder/watch deadline=$((SECONDS + 120))
  say "\$ $1"
  rm -f "$fifo" && mkfifo "$fifo"
  exec 5<>"$fifo"
  bash -c "exec $1" >"$fifo" 2>&1 5>&- &
  watch_pid=$!
  shift
  seen=""
  while [ $# -gt 0 ]; do
    piece=""
    if read -r -t 5 piece <&5; then
      line=$line$piece
      crop "$line"
      seen=$seen$line$'\n'
      while [ $# -gt 0 ] && grep -q -e "$1" <<<"$line"; do shift; done
      line=""
      continue
    fi
    line=$line$piece # kubectl writes a row in pieces
    if [ "$SECONDS" -ge "$deadline" ] || ! kill -0 "$watch_pid" 2>/dev/null; then
      fail "next, a line that matches '$1'" "$seen"
    fi
  done
  end_watch
  exec 5<&-
  rm -f "$fifo"
}

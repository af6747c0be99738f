#!/usr/bin/env bash
# Plays the story in a playground of its own, checks what every step shows, and leaves no process behind: demo.sh PROGRAMS.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
. "$here/steps.sh"
programs=$1
folder=$repository/target/demo
speed=50
cd "$repository"

if runs "$folder/pids/serve" "$folder"; then
  echo "make demo: another one is running in this repository" >&2
  exit 1
fi

finish() {
  trap '' HUP INT TERM
  end_watch
  end_all "$folder"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM

end_all "$folder"
furnish "$folder" "$programs"
echo "Starting Kubernetes, the simulator of ECS and the controller, with time in ECS running $speed times faster than the clock."
"$here/serve.sh" "$folder" "$programs" "$speed" $$ >"$folder/logs/playground.log" 2>&1 </dev/null &
serve=$!
until [ -f "$folder/ready" ]; do
  kill -0 "$serve" 2>/dev/null || fail "the playground to start" "$(cat "$folder/logs/playground.log")"
  sleep 0.1
done
. "$folder/env"

. "$here/story.sh"

say ""
say "That is the whole story: every step showed what it should."
if [ -t 0 ] && [ -t 1 ]; then
  say "It stays up until Ctrl-C. To play on, in another terminal:"
  say ""
  say "  . target/demo/env"
  say "  kubectl apply -f deploy/samples/every-field.yaml && kubectl get egs --watch"
  say "  aws-calls"
  trap 'exit 0' INT
  wait "$serve" || fail "the playground to stay up" "$(cat "$folder/logs/playground.log")"
fi

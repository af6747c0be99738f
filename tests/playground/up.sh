#!/usr/bin/env bash
# Starts the playground in the background and says how to play: up.sh PROGRAMS SPEED.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
programs=$1 speed=$2
folder=$repository/target/playground

case "$speed" in
  *[!0-9]* | '' | 0*) echo "make up: SPEED is a whole number from 1 on, not '$speed'" >&2 && exit 2 ;;
esac

if runs "$folder/pids/serve" "$folder" && [ -f "$folder/ready" ]; then
  if [ "$(cat "$folder/speed")" != "$speed" ]; then
    echo "make up: the playground runs already, with SPEED=$(cat "$folder/speed"). For another speed: make down, then make up SPEED=$speed" >&2
    exit 1
  fi
  echo "The playground runs already."
else
  end_all "$folder"
  furnish "$folder" "$programs"
  echo "$speed" >"$folder/speed"
  echo "Starting Kubernetes, the simulator of ECS and the controller."
  set -m # a process group of its own: Ctrl-C here is not for it
  "$here/serve.sh" "$folder" "$programs" "$speed" >"$folder/logs/playground.log" 2>&1 </dev/null &
  set +m
  serve=$!
  until [ -f "$folder/ready" ]; do
    if ! kill -0 "$serve" 2>/dev/null; then
      cat "$folder/logs/playground.log" >&2
      echo "make up: it did not start; the logs are in target/playground/logs" >&2
      exit 1
    fi
    sleep 0.1
  done
fi

. "$folder/env"
cat <<TEXT
It is up, with time in ECS running $speed times faster than the clock. In a shell:

  . target/playground/env                            # kubectl, KUBECONFIG, AWS_ENDPOINT_URL_ECS
  kubectl apply -f deploy/samples/minimal.yaml
  kubectl get egs --watch
  kubectl explain egs.spec
  aws-calls                                          # every call that ECS received
  tail -f target/playground/logs/controller.log

An image tag decides what becomes of a rollout: nginx:cannot-pull, nginx:crash, nginx:5xx, ... (tests/simulator/README.md).
ECS itself is at $AWS_ENDPOINT_URL_ECS: faults, clock and state under /_simulator/.
The controller's metrics are at $PLAYGROUND_CONTROLLER/metrics.
make down ends it.
TEXT

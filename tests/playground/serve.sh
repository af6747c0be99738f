#!/usr/bin/env bash
# Runs control plane, simulator and controller for one folder, until it is stopped or one of them ends.
#
# serve.sh FOLDER PROGRAMS SPEED [PID]: with PID it also ends when that process does. FOLDER/ready says that all is up.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
folder=$1 programs=$2 speed=$3 owner=${4:-$$}
region=us-east-1

die() {
  echo "playground: $*" >&2
  exit 1
}

# Ends the programs when this script is killed in a way that no trap sees: the pipe, which only this script holds open, ends.
watchdog() {
  trap '' HUP INT TERM
  cat >/dev/null
  for name in controller simulator control-plane; do
    end "$folder/pids/$name" "$folder"
  done
}

# A program in the background, with its log and its pid file.
start() { # NAME PROGRAM ARGUMENT...
  local name=$1 program=$2
  shift 2
  "$folder/bin/$program" "$@" >"$folder/logs/$name.log" 2>&1 </dev/null 3>&- &
  echo $! >"$folder/pids/$name"
}

ended() { # NAME
  die "$1 ended: $(tail -n 3 "$folder/logs/$1.log")"
}

# Waits until a program has said something, and prints it.
says() { # NAME PATTERN, with what is wanted in \(...\)
  local said
  while :; do
    said=$(sed -n "s#$2#\1#p" "$folder/logs/$1.log" | head -n 1)
    [ -z "$said" ] || break
    runs "$folder/pids/$1" "$folder" || ended "$1"
    sleep 0.1
  done
  echo "$said"
}

# Whether the controller has listed the objects.
is_ready() { # HOST PORT
  local status
  exec 4<>"/dev/tcp/$1/$2" || return 1
  printf 'GET /readyz HTTP/1.0\r\nHost: %s\r\n\r\n' "$1" >&4
  read -r status <&4 || true
  exec 4>&-
  case "$status" in *" 200 "*) return 0 ;; *) return 1 ;; esac
}

stop() {
  trap '' HUP INT TERM
  for name in controller simulator control-plane; do
    end "$folder/pids/$name" "$folder"
  done
  rm -f "$folder/ready" "$folder/pids/serve"
  exec 3>&-
}

echo $$ >"$folder/pids/serve"
trap '' HUP
trap 'exit 0' INT TERM
exec 3> >(watchdog)
trap stop EXIT

start simulator express-simulator --listen 127.0.0.1:0 --region "$region" --account 111122223333 --speed "$speed"
start control-plane control-plane serve --dir "$folder/control-plane" \
  --deploy "$repository/deploy" --service-account expressway-system/expressway
endpoint=$(says simulator '^\(http:.*\)$')
says control-plane '^\(.*/kubeconfig\)$' >/dev/null
ln -sf control-plane/kubeconfig "$folder/kubeconfig"

# What a shell needs to play: kubectl with caches of its own, and AWS clients that cannot reach AWS.
cat >"$folder/env" <<ENV
export PATH=$(printf %q "$folder/bin"):"\$PATH"
export KUBECONFIG=$(printf %q "$folder/kubeconfig") KUBECACHEDIR=$(printf %q "$folder/kubectl-cache") KUBERC=off
export AWS_ENDPOINT_URL_ECS=$endpoint AWS_REGION=$region AWS_DEFAULT_REGION=$region
export AWS_ACCESS_KEY_ID=playground AWS_SECRET_ACCESS_KEY=playground
export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1
unset AWS_PROFILE AWS_SESSION_TOKEN
ENV
. "$folder/env"

KUBECONFIG=$folder/control-plane/expressway-system.expressway.kubeconfig start controller expressway run \
  --region "$region" --listen 127.0.0.1:0 --log-format text --shutdown-grace 3s --lease-namespace expressway-system \
  --observe-interval "$(faster 60 "$speed")" --full-observe-interval "$(faster 600 "$speed")" \
  --rollout-interval "$(faster 5 "$speed")" --drain-interval "$(faster 10 "$speed")" \
  --retry-base "$(faster 1 "$speed")" --retry-cap "$(faster 300 "$speed")" --batch-window "$(faster 1 "$speed")"
address=$(says controller '.*is listening.*address=\([0-9.:]*\).*')
until is_ready "${address%:*}" "${address##*:}" 2>/dev/null; do
  runs "$folder/pids/controller" "$folder" || ended controller
  sleep 0.1
done
printf 'export PLAYGROUND_CONTROLLER=http://%s\n' "$address" >>"$folder/env"
touch "$folder/ready"

while sleep 1; do
  kill -0 "$owner" 2>/dev/null || exit 0
  for name in controller simulator control-plane; do
    runs "$folder/pids/$name" "$folder" || ended "$name"
  done
done

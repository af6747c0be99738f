#!/usr/bin/env bash
# Stops what up.sh started. The logs stay until the next start.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
folder=$repository/target/playground

if runs "$folder/pids/serve" "$folder"; then
  end_all "$folder"
  echo "The playground is down. Its logs are in target/playground/logs."
else
  end_all "$folder" # what a killed serve.sh left
  echo "The playground is not up."
fi

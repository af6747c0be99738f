# Shared by the playground's scripts: whose process is whose, and how a speed changes the waits. Sourced, not run.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(cd "$here/../.." && pwd)

# The command line of a process; empty when there is none. Linux images often have no `ps`.
command_line() {
  if [ -d /proc/self ]; then
    tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline" || true
  else
    ps -ww -o command= -p "$1" 2>/dev/null || true
  fi
}

# Whether the process that a pid file names runs, and runs for this folder. After a reboot the number may be a stranger's,
# so the command line has to name the folder; every process of a playground does.
runs() { # PID_FILE FOLDER
  local pid
  pid=$(cat "$1" 2>/dev/null) || return 1
  [ -n "$pid" ] || return 1
  case "$(command_line "$pid")" in
    *"$2"[/\ ]*) return 0 ;;
    *) return 1 ;;
  esac
}

# Ends the process that a pid file names, if it is ours: SIGTERM, and SIGKILL when that takes longer than 15 seconds.
end() { # PID_FILE FOLDER
  local pid deadline=$((SECONDS + 15))
  if runs "$1" "$2"; then
    pid=$(cat "$1")
    kill "$pid" 2>/dev/null || true
    while runs "$1" "$2"; do
      if [ "$SECONDS" -ge "$deadline" ]; then
        kill -9 "$pid" 2>/dev/null || true
      fi
      sleep 0.1
    done
  fi
  rm -f "$1"
}

# Ends everything that runs for a folder, in an order in which nobody misses anybody.
end_all() { # FOLDER
  local name
  for name in serve controller simulator control-plane; do
    end "$1/pids/$name" "$1"
  done
}

# A wait of the controller, as much shorter as simulated time is faster; 200 ms at least, which is real work for a machine.
faster() { # SECONDS SPEED
  local milliseconds=$(($1 * 1000 / $2))
  [ "$milliseconds" -ge 200 ] || milliseconds=200
  echo "${milliseconds}ms"
}

# Links the programs into FOLDER/bin, and empties what an earlier run left.
furnish() { # FOLDER PROGRAMS
  local name kubectl=${KUBEBUILDER_ASSETS:-$repository/target/control-plane/bin}/kubectl
  rm -rf "$1"
  mkdir -p "$1/bin" "$1/logs" "$1/pids"
  for name in expressway express-simulator control-plane; do
    ln -s "$(cd "$2" && pwd)/$name" "$1/bin/$name"
  done
  ln -s "$kubectl" "$1/bin/kubectl"
  for name in aws-calls aws-console; do
    ln -s "$here/$name" "$1/bin/$name"
  done
}

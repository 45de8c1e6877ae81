# What the operations scripts share; each sources this file.
# shellcheck shell=bash disable=SC2034
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
name=$(basename "$0")
# Exit codes of every script.
readonly exit_failed=1 exit_usage=2 exit_rolled_back=3
readonly tasks=migrations,bootstrap
readonly services_in_order=(auth sensors inference worker gateway) # whoever is called before whoever calls

namespace=${SILLAGE_NAMESPACE:-sillage}
release=${SILLAGE_RELEASE:-sillage}
chart=${SILLAGE_CHART:-$root/charts/sillage}
timeout=600
dry_run=

say() { printf '%s: %s\n' "$name" "$*" >&2; }
die() { say "$*"; exit "$exit_failed"; }
wrong_use() { say "$* ($name --help tells how)"; exit "$exit_usage"; }

# The comment at the head of the script is its help.
show_help() { awk 'NR > 1 && !/^#/ { exit } NR > 1 { sub(/^# ?/, ""); print }' "$0"; }

need() {
  local tool
  [ -z "$dry_run" ] || return 0
  for tool in "$@"; do command -v "$tool" >/dev/null || die "needs $tool on the PATH"; done
}

# What changes something goes through here: --dry-run prints it instead.
run() {
  if [ -n "$dry_run" ]; then printf '%s\n' "$(printf '%q ' "$@" | sed 's/ $//')"; else "$@"; fi
}

# Options that every script understands. Leaves the rest in `rest`; a script's own options are read from there.
read_options() {
  rest=()
  while [ $# -gt 0 ]; do
    case $1 in
      -h | --help) show_help; exit 0 ;;
      --dry-run) dry_run=yes ;;
      -n | --namespace) namespace=${2:?$1 needs a value}; shift ;;
      -r | --release) release=${2:?$1 needs a value}; shift ;;
      --chart) chart=${2:?$1 needs a value}; shift ;;
      --timeout)
        timeout=${2:?$1 needs a value}
        [[ $timeout =~ ^[0-9]+$ ]] || wrong_use "--timeout must be seconds, not \"$timeout\""
        shift
        ;;
      *) rest+=("$1") ;;
    esac
    shift
  done
}

kube() { kubectl --namespace "$namespace" "$@"; }
helm_() { helm --namespace "$namespace" "$@"; }
selector() { printf 'app.kubernetes.io/instance=%s' "$release"; [ $# = 0 ] || printf ',app.kubernetes.io/component=%s' "$1"; }

# Names of the release's deployments, of one component or of all services.
deployments() {
  local component
  if [ $# = 0 ]; then set -- "${services_in_order[@]}"; fi
  for component in "$@"; do
    kube get deployments -l "$(selector "$component")" -o jsonpath='{range .items[*]}{.metadata.name}{"\n"}{end}'
  done
}

# The newest revision that was deployed: where a failed change goes back to. Empty where there is none.
current_revision() {
  helm_ history "$release" --max 50 -o json 2>/dev/null |
    tr '{' '\n' | grep -E '"status":"deployed"' | grep -oE '"revision":[0-9]+' | grep -oE '[0-9]+' | tail -n 1 || true
}

# The newest revision, whatever became of it; empty where there is no release.
latest_revision() { helm_ history "$release" --max 1 -o json 2>/dev/null | grep -oE '"revision":[0-9]+' | grep -oE '[0-9]+' | tail -n 1 || true; }

# Reasons for which waiting longer is of no use, as pod, container, reason and message.
hopeless_pods() { # SELECTOR
  kube get pods -l "$1" -o jsonpath='{range .items[*]}{.metadata.name}{"\t"}{range .status.initContainerStatuses[*]}{.name}{" "}{.state.waiting.reason}{" "}{.state.waiting.message}{";"}{end}{range .status.containerStatuses[*]}{.name}{" "}{.state.waiting.reason}{" "}{.state.waiting.message}{";"}{end}{"\n"}{end}' |
    grep -E 'ErrImagePull|ImagePullBackOff|ErrImageNeverPull|InvalidImageName|CreateContainerConfigError|CreateContainerError|CrashLoopBackOff|RunContainerError' || true
}

# Jobs of an upgrade that failed. A revision that brings a job of the same name, as the first one does, could not be
# gone back to, since a job cannot be changed.
clear_tasks() {
  kube delete jobs -l "app.kubernetes.io/instance=$release,app.kubernetes.io/component in ($tasks)" --timeout=60s >/dev/null 2>&1 || true
}

# Runs helm with what changes the release. Its hooks, the migrations, must not be waited for where their image cannot be had.
change() { # HELM ARGUMENTS...
  local pid hopeless seen=0 pod told=
  helm --namespace "$namespace" "$@" &
  pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    hopeless=$(hopeless_pods "app.kubernetes.io/instance=$release,app.kubernetes.io/component in ($tasks)" 2>/dev/null | grep -v CrashLoopBackOff || true)
    if [ -n "$hopeless" ]; then seen=$((seen + 1)); else seen=0; fi
    if [ "$seen" -ge 3 ]; then
      say "a task before the rollout cannot start:"
      printf '%s\n' "$hopeless" | cut -c 1-400 >&2
      kill "$pid"
      wait "$pid" 2>/dev/null || true
      clear_tasks
      return 1
    fi
    for pod in $(kube get pods -l "app.kubernetes.io/instance=$release,app.kubernetes.io/component in ($tasks)" --field-selector=status.phase=Failed -o name 2>/dev/null); do
      [[ " $told " != *" $pod "* ]] || continue
      told+=" $pod"
      say "$pod has failed:"
      kube logs "$pod" --all-containers --tail=3 2>/dev/null | grep . | tail -n 3 | cut -c 1-600 | sed 's/^/  /' >&2 || true
    done
    sleep 1
  done
  wait "$pid"
}

# Waits until the deployments have rolled out. Fails early where a pod cannot start, and says why.
watch_rollout() { # DEPLOYMENT...
  local deadline=$((SECONDS + timeout)) deployment hopeless seen=0
  for deployment in "$@"; do
    until kube rollout status "deployment/$deployment" --timeout=3s >/dev/null 2>&1; do
      hopeless=$(hopeless_pods "$(selector)")
      # A pull or a start that failed once may be luck; three looks in a row are not.
      if [ -n "$hopeless" ]; then seen=$((seen + 1)); else seen=0; fi
      if [ "$seen" -ge 3 ]; then
        say "$deployment does not come up:"
        printf '%s\n' "$hopeless" | cut -c 1-400 >&2
        return 1
      fi
      if [ "$SECONDS" -ge "$deadline" ]; then
        say "$deployment has not rolled out within $timeout s"
        return 1
      fi
    done
    say "$deployment has rolled out"
  done
}

# What an operator would look at first when a release does not come up.
diagnose() {
  local pod
  say "pods that are not ready:"
  kube get pods -l "$(selector)" --no-headers 2>/dev/null | awk '{ split($2, n, "/"); if (n[1] != n[2] && $3 != "Completed") print "  " $0 }' >&2 || true
  hopeless_pods "$(selector)" | cut -c 1-400 | sed 's/^/  /' >&2 || true
  for pod in $(kube get pods -l "$(selector)" --field-selector=status.phase!=Succeeded -o jsonpath='{range .items[*]}{.metadata.name}{" "}{range .status.containerStatuses[*]}{.ready}{end}{"\n"}{end}' 2>/dev/null | awk '/false/ { print $1 }' | head -n 4); do
    say "last words of $pod:"
    { kube logs "$pod" --tail=3 --previous 2>/dev/null || kube logs "$pod" --tail=3 2>/dev/null || true; } | cut -c 1-600 | sed 's/^/  /' >&2
  done
}

# Back to a revision, or away with a first install that failed.
take_back() { # REVISION LATEST: the one that was deployed before, and the newest then
  [ "$(latest_revision)" != "$2" ] || die "nothing was changed"
  diagnose
  if [ -n "$1" ]; then
    say "rolling back to revision $1"
    clear_tasks
    helm_ rollback "$release" "$1" --force-conflicts --wait --timeout "${timeout}s" >&2 || die "the rollback to revision $1 failed too: see helm history $release"
    say "revision $1 serves again"
  else
    say "there is no earlier revision: removing what was installed"
    helm_ uninstall "$release" --wait --timeout "${timeout}s" >&2 || true
  fi
  exit "$exit_rolled_back"
}

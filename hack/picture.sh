#!/usr/bin/env bash
# Makes docs/pictures/live-view.svg: what one sees of the demo in a terminal of 96 columns.
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
command -v tmux >/dev/null || die "install tmux first"

screen() { tmux -L tenon-picture "$@"; }

trap 'screen kill-server 2>/dev/null || true' EXIT
TERM=xterm-256color LANG=C.UTF-8 screen -u new-session -d -x 96 -y 60 "cd '$root' && hack/demo.sh; sleep 5"
for ((i = 0; i < 600; i++)); do
	screen capture-pane -p 2>/dev/null | grep -q 'Look around' && break
	sleep 0.5
done
mkdir -p "$root/docs/pictures"
screen capture-pane -p -e | sed -n '/tenon run pipeline/,/build-and-test-.* succeeded/p' |
	(cd "$root" && go run ./hack/picture -title "tenon run") >"$root/docs/pictures/live-view.svg"
say "made docs/pictures/live-view.svg"

#!/usr/bin/env bash
# Builds the command line, with the step runner inside, into bin/tenon or the file that is named.
#   hack/tenon.sh [FILE]
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root"
out=${1:-bin/tenon}
export CGO_ENABLED=0 GOFLAGS="${GOFLAGS:-} -trimpath"
hack/embed-runner.sh
go build -ldflags "-s -w -X main.version=$(build_version)" -o "$out" ./cmd/tenon

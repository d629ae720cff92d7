#!/usr/bin/env bash
# Makes small changes to the code of packages, runs their tests against each change, and prints how many the tests notice. It
# fails if they notice less than 85 %, and lists the changes that they do not notice, also in the file bin/mutants.
#   hack/mutate.sh [FOLDER...]        all of pkg/plan, pkg/taskplan, pkg/podstatus and pkg/substitution without arguments
#   MUTATE_WORKERS  changes that are tested at a time (number of processors)
#   MUTATE_EVERY    tests one change in so many, for a quick look (1)
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root"

export CGO_ENABLED=0 GOFLAGS="${GOFLAGS:-} -trimpath"

folders=("$@")
[ ${#folders[@]} -gt 0 ] || folders=(pkg/substitution pkg/podstatus pkg/taskplan pkg/plan)

mkdir -p bin
exec go run ./hack/mutate ${MUTATE_WORKERS:+-workers "$MUTATE_WORKERS"} -every "${MUTATE_EVERY:-1}" -survivors bin/mutants "${folders[@]}"

#!/usr/bin/env bash
# Checks that generated code and definitions fit the API types: regenerates them in a copy of the checkout and compares.
# Exits with 1 and shows the difference when they do not.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT

cd "$root"
# Files that git tracks or would track and that still exist; vendor is only read and therefore not copied.
git ls-files -co --exclude-standard -z -- . ':!vendor' |
	while IFS= read -r -d '' file; do [[ -e $file ]] && printf '%s\0' "$file"; done |
	tar -c --null -T - | tar -x -C "$copy"
[[ -d vendor ]] && ln -s "$root/vendor" "$copy/vendor"

"$copy/hack/update-codegen.sh"

stale=0
for dir in pkg/client config/300-crds; do
	diff -Nru "$dir" "$copy/$dir" || stale=1
done
while IFS= read -r file; do
	diff -Nu "$file" "$copy/$file" || stale=1
done < <({ find pkg/apis -name 'zz_generated.*' && cd "$copy" && find pkg/apis -name 'zz_generated.*'; } | sort -u)
if [[ $stale -ne 0 ]]; then
	echo "generated files are stale: run hack/update-codegen.sh" >&2
	exit 1
fi
echo "generated files are up to date"

#!/usr/bin/env bash
# Collects the licences of all modules in vendor, and of Go itself, in third_party/licenses: whoever gets an image or an
# executable of this project has to get them too. With --check it changes nothing, and exits with 1 if they are stale.
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root"

# legal_files FOLDER prints the names of a folder's files that a licence may be in.
legal_files() {
	find "$1" -maxdepth 1 -type f -printf '%f\n' |
		grep -iE '^(licen[cs]e|copying|copyright|copyleft|notice|patents|legal|authors|unlicense)' | grep -v '\.go$' | sort
}

# nested_folders MODULE prints the folder of a module, and those below that have a licence of their own, for code that
# the module took from somebody else.
nested_folders() {
	find "vendor/$1" -type f -iregex '.*/\(licen[cs]e\|copying\|notice\)[^/]*' ! -name '*.go' -printf '%h\n' | sort -u
}

# modules prints path and version of each module that has a package in vendor.
modules() { awk '/^# / {module = $2 " " $3; next} /^[^#]/ && module {print module; module = ""}' vendor/modules.txt; }

copy_files() { # FROM TO
	local name
	while read -r name; do
		mkdir -p "$2"
		cp "$1/$name" "$2/$name"
		chmod 644 "$2/$name"
	done < <(legal_files "$1")
}

collect() { # FOLDER
	local module version folder missing=()
	copy_files "$(go env GOROOT)" "$1/go"
	while read -r module version; do
		while read -r folder; do
			copy_files "$folder" "$1/${folder#vendor/}"
		done < <(nested_folders "$module")
		[ -d "$1/$module" ] || missing+=("$module@$version")
	done < <(modules)
	[ ${#missing[@]} -eq 0 ] || die "no licence in the root of: ${missing[*]}"
}

[ -f vendor/modules.txt ] || die "there is no vendor folder: 'go mod vendor' first"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
collect "$work/licenses"

case ${1:-} in
--check)
	diff -r third_party/licenses "$work/licenses" || die "third_party/licenses is stale: run hack/update-licenses.sh"
	;;
'')
	rm -rf third_party/licenses
	mkdir -p third_party
	cp -r "$work/licenses" third_party/licenses
	;;
*) die "usage: update-licenses.sh [--check]" ;;
esac

#!/bin/sh
# Tests a build of its own, so that it needs nothing from anybody else: test/greet_test.sh
# The last line tells how many tests have passed.
set -eu
source=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$source/." "$work"
rm -rf "$work/dist"
"$work/build.sh" test >/dev/null
greet=$work/dist/greet passed=0

expect() { # NAME WANT COMMAND...
	name=$1 want=$2
	shift 2
	got=$("$@" 2>&1) || true
	if [ "$got" != "$want" ]; then
		echo "FAIL $name: got '$got', want '$want'"
		exit 1
	fi
	echo "ok   $name"
	passed=$((passed + 1))
}

expect "greets in English by default" "Hello, Ada!" "$greet" Ada
expect "greets in German" "Guten Tag, Ada!" "$greet" de Ada
expect "greets in French" "Bonjour, Ada!" "$greet" fr Ada
expect "refuses a language without greeting" "greet: no greeting in 'xx'" "$greet" xx Ada
expect "tells its version" "greet test" "$greet" --version
echo "$passed tests passed"

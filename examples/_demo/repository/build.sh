#!/bin/sh
# Builds dist/greet: the program with its version written into it.
set -eu
cd "$(dirname "$0")"
version=${1:?usage: build.sh VERSION}

mkdir -p dist
for language in languages/*; do
	name=$(basename "$language")
	echo "adding $name"
	printf '\t%s) word="%s" ;;\n' "$name" "$(cat "$language")" >>dist/cases
done
sed -e "s/@VERSION@/$version/" -e '/@LANGUAGES@/{' -e 'r dist/cases' -e 'd' -e '}' greet.sh.in >dist/greet
rm dist/cases
chmod +x dist/greet
echo "built greet $version: $(wc -c <dist/greet) bytes"

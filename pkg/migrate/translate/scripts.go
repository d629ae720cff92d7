package translate

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Values reach the scripts through the environment, so that nothing in them is taken for a part of the program.

const cloneScript = `#!/bin/sh
set -eu
[ -n "$URL" ] || exit 0
git init -q "$FOLDER"
cd "$FOLDER"
git remote add origin "$URL"
commit="${REVISION:-HEAD}"
if git fetch -q --depth=1 origin "$commit"; then
  commit=FETCH_HEAD
else
  git fetch -q --tags origin
fi
git checkout -q -f "$commit"
if [ -f .gitmodules ]; then
  git submodule update -q --init --recursive
fi
`

const takeScript = `if [ -n "$FROM" ]; then
  mkdir -p "$FOLDER"
  cp -a "$FROM/." "$FOLDER/"
  exit 0
fi
`

const fetchScript = `#!/bin/sh
set -eu
[ -n "$LOCATION" ] || exit 0
mkdir -p "$FOLDER"
gsutil -m cp -r "$LOCATION" "$FOLDER/"
`

const storeScript = `#!/bin/sh
set -eu
[ -n "$LOCATION" ] || exit 0
gsutil -m cp -r "$FOLDER/." "$LOCATION"
`

const handOnScript = `#!/bin/sh
set -eu
[ -n "$TO" ] || exit 0
cp -a "$FOLDER/." "$TO/"
`

const digestScript = `#!/bin/sh
set -eu
printf '%s' "$URL" >"$URL_RESULT"
: >"$DIGEST_RESULT"
if [ -f "$FOLDER/index.json" ]; then
  sed -n 's/.*"digest": *"\(sha256:[0-9a-f]*\)".*/\1/p' "$FOLDER/index.json" | head -n 1 | tr -d '\n' >"$DIGEST_RESULT"
fi
`

const foldersScript = `#!/bin/sh
set -eu
mkdir -p "$@"
`

// step makes a step with a script; env has names and values in turn.
func step(name, image, script string, env ...string) *yaml.Node {
	n := mapping("name", stepName(name), "image", image)
	if len(env) > 0 {
		variables := sequence()
		for i := 0; i+1 < len(env); i += 2 {
			variables.Content = append(variables.Content, mapping("name", env[i], "value", env[i+1]))
		}
		set(n, "env", variables)
	}
	set(n, "script", scalar(script))
	return n
}

var notInNames = regexp.MustCompile(`[^a-z0-9-]+`)

// maxStepName is how long names of steps may be.
const maxStepName = 58

func stepName(name string) string {
	name = notInNames.ReplaceAllString(strings.ToLower(name), "-")
	return strings.Trim(name[:min(len(name), maxStepName)], "-")
}

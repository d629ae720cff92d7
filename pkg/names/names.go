// Package names makes the names of everything a run creates. All of them are pure functions of names and UIDs the
// caller knows, within the 63 characters Kubernetes allows, so that two controllers, or one controller after a restart,
// never create two objects for one purpose, and tools can predict them. It depends on the standard library only.
package names

import (
	"crypto/md5" // part of the name formula, not used for security
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
)

const (
	// maxLength is the longest label value, and the longest name of the objects made here.
	maxLength = 63
	// md5Length is the length of an MD5 sum in hex.
	md5Length = 2 * md5.Size
	// headLength is what is left for readable text beside an MD5 sum.
	headLength = maxLength - md5Length
	// shortHash is the number of hex digits taken from a SHA-256 sum.
	shortHash = 10
)

// Child returns the name of a child of parent: parent+suffix if that is short enough, else a beginning of it with a
// hash (contract 3 §3.1).
func Child(parent, suffix string) string {
	switch {
	case len(parent)+len(suffix) <= maxLength:
		return parent + suffix
	case len(suffix) < headLength:
		return cut(parent, headLength-len(suffix)) + md5Hex(parent) + suffix
	default:
		name := cut(parent, headLength) + md5Hex(parent+suffix)
		return trimEnd(name + cut(suffix, maxLength-len(name)))
	}
}

// PipelineTask returns the name of the child of a PipelineRun for a pipeline task without matrix, or whose matrix has
// one combination (contract 3 §3.1).
func PipelineTask(pipelineRun, task string) string {
	return Child(pipelineRun, "-"+task)
}

// MatrixInstance returns the name of the child for combination index, from 0, of count. With a count of 1 or less it
// is PipelineTask (contract 3 §3.1).
func MatrixInstance(pipelineRun, task string, index, count int) string {
	if count <= 1 {
		return PipelineTask(pipelineRun, task)
	}
	suffix := "-" + strconv.Itoa(index)
	if name := Child(pipelineRun, "-"+task+suffix); strings.HasSuffix(name, suffix) {
		return name
	}
	return cut(PipelineTask(pipelineRun, task), maxLength-len("-"+strconv.Itoa(count))) + suffix
}

// Pod returns the name of the Pod of an attempt of a TaskRun; attempt is 0 for the first one, and then the number of
// the retry (contract 2 §2.1).
func Pod(taskRun string, attempt int) string {
	suffix := "-pod"
	if attempt > 0 {
		suffix += "-retry" + strconv.Itoa(attempt)
	}
	return Child(taskRun, suffix)
}

func md5Hex(s string) string {
	sum := md5.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}

func shortSHA256(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])[:shortHash]
}

func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:n]
}

// trimEnd removes what a name must not end with.
func trimEnd(s string) string {
	return strings.TrimRightFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}

package hub

import (
	"context"
	"fmt"
	"regexp"

	"github.com/hashicorp/go-version"

	"github.com/tenon-ci/tenon/pkg/failure"
)

// listed is a version that a hub has.
type listed struct {
	Version    string `json:"version"`
	Prerelease bool   `json:"prerelease"`
}

// maxVersions bounds how many versions of one hub are compared.
const maxVersions = 10000

// choose returns the highest version of a hub that meets the constraints.
func (r *Resolver) choose(ctx context.Context, base string, want wanted) (string, error) {
	all, err := r.versions(ctx, base, want)
	if err != nil {
		return "", err
	}
	if len(all) > maxVersions {
		return "", definite(fmt.Errorf("the hub lists %d versions of '%s', more than %d", len(all), want.name, maxVersions))
	}
	best := highest(all, want)
	if best == "" {
		return "", stop(failure.NotFoundf("", "no version found for constraint %s", want.version))
	}
	return best, nil
}

func (r *Resolver) versions(ctx context.Context, base string, want wanted) ([]listed, error) {
	address := versionsURL(base, want)
	if want.hub == typeTekton {
		var answer struct {
			Data struct {
				Versions []listed `json:"versions"`
			} `json:"data"`
		}
		err := r.get(ctx, address, &answer)
		return answer.Data.Versions, err
	}
	var answer struct {
		Versions []listed `json:"available_versions"`
	}
	err := r.get(ctx, address, &answer)
	return answer.Versions, err
}

// highest returns the highest version that meets the constraints as the hub writes it, "" if there is none. What is no version is
// left out. Artifact Hub marks pre-releases, which are never chosen; of Tekton Hub only a constraint that names one can mean one.
func highest(all []listed, want wanted) string {
	var best *version.Version
	for _, l := range all {
		if l.Prerelease && want.hub == typeArtifact || len(l.Version) > maxPart {
			continue
		}
		v, err := version.NewVersion(l.Version)
		if err != nil || !want.constraints.Check(v) || best != nil && !v.GreaterThan(best) {
			continue
		}
		best = v
	}
	if best == nil {
		return ""
	}
	return best.Original()
}

var (
	twoNumbers   = regexp.MustCompile(`^v?\d+\.\d+$`)
	threeNumbers = regexp.MustCompile(`^(v?\d+\.\d+)\.\d+$`)
)

// normalise writes a version as a hub names it: with three numbers at Artifact Hub, with two at Tekton Hub.
func normalise(hub, text string) string {
	if hub == typeTekton {
		return threeNumbers.ReplaceAllString(text, "$1")
	}
	if twoNumbers.MatchString(text) {
		return text + ".0"
	}
	return text
}

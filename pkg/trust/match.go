package trust

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"knative.dev/pkg/logging"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1alpha1"
	"github.com/tenon-ci/tenon/pkg/decision"
)

// matching returns the policies that apply to a source, sorted by name. A pattern that cannot be compiled is an error, whatever
// the other policies say (contract 4 §4.2).
func matching(policies []*v1alpha1.VerificationPolicy, source *v1.RefSource) ([]*v1alpha1.VerificationPolicy, error) {
	address := addressOf(source)
	var out []*v1alpha1.VerificationPolicy
	for _, policy := range policies {
		applies, err := appliesTo(policy, address)
		if err != nil {
			return nil, err
		}
		if applies {
			out = append(out, policy)
		}
	}
	slices.SortFunc(out, func(a, b *v1alpha1.VerificationPolicy) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

func addressOf(source *v1.RefSource) string {
	if source == nil {
		return ""
	}
	return strings.TrimPrefix(strings.TrimSpace(source.URI), "git+")
}

// appliesTo compiles all patterns, so that it does not depend on the address whether a bad one is noticed.
func appliesTo(policy *v1alpha1.VerificationPolicy, address string) (bool, error) {
	applies := false
	for _, resource := range policy.Spec.Resources {
		pattern := resource.Pattern
		if !strings.HasPrefix(pattern, "^") || !strings.HasSuffix(pattern, "$") {
			pattern = "^(?:" + pattern + ")$"
		}
		expression, err := regexp.Compile(pattern)
		if err != nil {
			return false, fmt.Errorf("pattern of VerificationPolicy %s: %w", policy.Name, err)
		}
		applies = applies || expression.MatchString(address)
	}
	return applies, nil
}

// unmatched is the outcome where no policy applies, as the feature flag says.
func unmatched(ctx context.Context, name string, source *v1.RefSource) (*decision.Verification, error) {
	text := fmt.Sprintf("failed to get matched policies: no policies are matched: no matching policies are found for resource: %s against source: %s",
		name, addressOf(source))
	switch config.FromContextOrDefaults(ctx).FeatureFlags.VerificationNoMatchPolicy {
	case config.FailNoMatchPolicy:
		return nil, fmt.Errorf("%s", text)
	case config.WarnNoMatchPolicy:
		logging.FromContext(ctx).Warn(text)
		return &decision.Verification{Message: text}, nil
	default:
		return nil, nil
	}
}

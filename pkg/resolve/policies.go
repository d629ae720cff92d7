package resolve

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"knative.dev/pkg/logging"

	"github.com/tenon-ci/tenon/pkg/apis/config"
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1alpha1"
	listers "github.com/tenon-ci/tenon/pkg/client/listers/pipeline/v1alpha1"
)

// Policies is a Verifier that matches VerificationPolicies (contract 4 §4.2), but cannot check signatures: what a policy applies to
// counts as not signed, so that the policy is never passed by.
type Policies struct {
	lister listers.VerificationPolicyLister
}

// NewPolicies returns a verifier for the policies of a lister.
func NewPolicies(lister listers.VerificationPolicyLister) Policies { return Policies{lister} }

// Verify implements Verifier.
func (p Policies) Verify(ctx context.Context, namespace string, object runtime.Object, source *v1.RefSource) (*Verification, error) {
	name := ""
	if m, ok := object.(metav1.Object); ok {
		name = m.GetName()
	}
	applying, err := p.matching(namespace, source)
	if err != nil {
		return nil, fmt.Errorf("failed to get matched policies: %w", err)
	}
	if len(applying) == 0 {
		return unmatched(ctx, name, source)
	}
	failed := fmt.Sprintf("resource verification failed: resource %s in namespace %s fails verification", name, namespace)
	for _, policy := range applying {
		if policy.Spec.Mode != v1alpha1.ModeWarn {
			return nil, fmt.Errorf("%s: VerificationPolicy %s applies to it, but this version of Tenon cannot check signatures: "+
				"set the policy's mode to warn, delete it, or refer to a definition in the cluster", failed, policy.Name)
		}
	}
	text := fmt.Sprintf("%s: VerificationPolicy %s applies to it, but this version of Tenon cannot check signatures", failed, applying[0].Name)
	logging.FromContext(ctx).Warnw(text, "namespace", namespace)
	return &Verification{Message: text}, nil
}

// matching returns the policies of the namespace that apply to the source, sorted by name.
func (p Policies) matching(namespace string, source *v1.RefSource) ([]*v1alpha1.VerificationPolicy, error) {
	all, err := p.lister.VerificationPolicies(namespace).List(labels.Everything())
	if err != nil {
		return nil, err
	}
	address := addressOf(source)
	var out []*v1alpha1.VerificationPolicy
	for _, policy := range all {
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

func appliesTo(policy *v1alpha1.VerificationPolicy, address string) (bool, error) {
	for _, resource := range policy.Spec.Resources {
		pattern := resource.Pattern
		if !strings.HasPrefix(pattern, "^") || !strings.HasSuffix(pattern, "$") {
			pattern = "^(?:" + pattern + ")$"
		}
		expression, err := regexp.Compile(pattern)
		if err != nil {
			return false, fmt.Errorf("pattern of VerificationPolicy %s: %w", policy.Name, err)
		}
		if expression.MatchString(address) {
			return true, nil
		}
	}
	return false, nil
}

// unmatched is the outcome where no policy applies, as the feature flag says.
func unmatched(ctx context.Context, name string, source *v1.RefSource) (*Verification, error) {
	text := fmt.Sprintf("failed to get matched policies: no policies are matched: no matching policies are found for resource: %s against source: %s",
		name, addressOf(source))
	switch config.FromContextOrDefaults(ctx).FeatureFlags.VerificationNoMatchPolicy {
	case config.FailNoMatchPolicy:
		return nil, fmt.Errorf("%s", text)
	case config.WarnNoMatchPolicy:
		logging.FromContext(ctx).Warn(text)
		return &Verification{Message: text}, nil
	default:
		return nil, nil
	}
}

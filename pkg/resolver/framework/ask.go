package framework

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"

	"github.com/tenon-ci/tenon/pkg/apierror"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline"
	"github.com/tenon-ci/tenon/pkg/failure"
)

// Patience is how long foreign places in trouble are asked again: half of what a request has by default.
const Patience = 30 * time.Second

// FlagsConfigName returns the name of the ConfigMap resolvers-feature-flags, from env CONFIG_RESOLVERS_FEATURE_FLAGS_NAME if set.
func FlagsConfigName() string {
	if name := os.Getenv("CONFIG_RESOLVERS_FEATURE_FLAGS_NAME"); name != "" {
		return name
	}
	return "resolvers-feature-flags"
}

// published are the kinds that may be answered with: requests are weakly protected, so nothing else may get into them.
var published = []string{
	pipeline.PipelineRunControllerKind, pipeline.PipelineControllerKind, pipeline.TaskRunControllerKind, pipeline.TaskControllerKind,
	"Run", pipeline.CustomRunControllerKind, pipeline.StepActionControllerKind,
}

// Ask asks a resolver once, or the cache, and tells where the answer came from. Flags is the data of the ConfigMap
// resolvers-feature-flags. Passes tells whether an error is worth another try.
func Ask(ctx context.Context, cache *Cache, resolver Resolver, flags map[string]string, req Request) (*Answer, Outcome, error) {
	about, key := resolver.About(), req.Namespace+"/"+req.Name
	fetch, mode, err := prepare(ctx, resolver, flags, req)
	if err != nil {
		return nil, OutcomeOff, prepareError(about, key, err)
	}
	answer, from, err := cache.do(ctx, about, req, fetch, mode)
	if err != nil {
		return nil, from, fmt.Errorf("error getting %q %q: %w", about.Name, key, err)
	}
	return answer, from, nil
}

// prepare asks the resolver to prepare a request, unless it is switched off, and says how its answer is kept.
func prepare(ctx context.Context, resolver Resolver, flags map[string]string, req Request) (*Fetch, string, error) {
	about := resolver.About()
	if on, err := strconv.ParseBool(flags[about.Flag]); err == nil && !on {
		return nil, "", fmt.Errorf("cannot handle resolution request, %s feature flag not true", about.Flag)
	}
	mode, err := cacheMode(about, req)
	if err != nil {
		return nil, "", err
	}
	ctx, cancel := context.WithTimeout(ctx, ResolutionTimeout)
	defer cancel()
	fetch, err := resolver.Prepare(ctx, req)
	return fetch, mode, err
}

// prepareError tells a request that is wrong from one that could not be prepared.
func prepareError(about About, key string, err error) error {
	var answered apierrors.APIStatus
	if f, ok := failure.As(err); ok && f.Class != failure.Invalid || !ok && (apierror.Passes(err) || errors.As(err, &answered)) {
		return fmt.Errorf("error getting %q %q: %w", about.Name, key, err)
	}
	return fmt.Errorf("invalid resource request %q: %w", key, err)
}

func publishable(data []byte) error {
	if len(data) > MaxDocument {
		return failure.Invalidf("", "resolved data validation error: the document has more than %d bytes", MaxDocument)
	}
	var kind metav1.TypeMeta
	if err := yaml.Unmarshal(data, &kind); err != nil {
		return fmt.Errorf("resolved data validation error: %w", err)
	}
	group, err := schema.ParseGroupVersion(kind.APIVersion)
	if err != nil || group.Group != pipeline.GroupName || !slices.Contains(published, kind.Kind) {
		return fmt.Errorf("resolved data validation error: apiVersion %q and kind %q are not of a supported type", kind.APIVersion, kind.Kind)
	}
	return nil
}

// Passes tells whether trying again can help; the lifetime of the request limits it (contract 4 §1.3). A resolver that knows
// better says so by the class of a failure.
func Passes(err error) bool {
	if f, ok := failure.As(err); ok {
		return !f.Final()
	}
	return apierror.Passes(err)
}

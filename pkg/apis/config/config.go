package config

import "context"

// Config is a snapshot of all ConfigMaps. No member of a snapshot is nil, and none may be changed.
type Config struct {
	FeatureFlags           *FeatureFlags
	Defaults               *Defaults
	Events                 *Events
	Tracing                *Tracing
	WaitExponentialBackoff *WaitExponentialBackoff
}

type (
	contextKey struct{}
	releaseKey struct{}
)

// builtin answers every request without a snapshot; snapshots are never changed, so one serves all.
var builtin = NewConfig(nil, nil)

// NewConfig returns a snapshot of the given flags and defaults, with the compiled-in values for what is nil and for the
// rest.
func NewConfig(flags *FeatureFlags, defaults *Defaults) *Config {
	return (&Config{FeatureFlags: flags, Defaults: defaults}).complete()
}

// FromContext returns the snapshot in ctx, nil if there is none.
func FromContext(ctx context.Context) *Config {
	c, _ := ctx.Value(contextKey{}).(*Config)
	return c
}

// FromContextOrDefaults returns the snapshot in ctx or the compiled-in values.
func FromContextOrDefaults(ctx context.Context) *Config {
	if c := FromContext(ctx); c != nil {
		return c
	}
	return builtin
}

// ToContext returns a context with the snapshot c, whose nil members are replaced by the compiled-in values.
func ToContext(ctx context.Context, c *Config) context.Context {
	return context.WithValue(ctx, contextKey{}, c.complete())
}

// WithRelease returns a context that carries the build of the program, which defaulting notes on TaskRuns.
func WithRelease(ctx context.Context, release string) context.Context {
	return context.WithValue(ctx, releaseKey{}, release)
}

// Release returns the build that ctx carries, empty if there is none.
func Release(ctx context.Context) string {
	release, _ := ctx.Value(releaseKey{}).(string)
	return release
}

// complete returns c, or a copy of it without nil members.
func (c *Config) complete() *Config {
	out := *c
	if out.FeatureFlags == nil {
		out.FeatureFlags = DefaultFeatureFlags()
	}
	if out.Defaults == nil {
		out.Defaults = DefaultDefaults()
	}
	if out.Events == nil {
		out.Events = DefaultEvents()
	}
	if out.Tracing == nil {
		out.Tracing = DefaultTracing()
	}
	if out.WaitExponentialBackoff == nil {
		out.WaitExponentialBackoff = DefaultWaitExponentialBackoff()
	}
	if *c == out {
		return c
	}
	return &out
}

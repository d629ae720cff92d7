package v1beta1

import v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"

func (r *TaskRef) toV1(own *fields, path string) *v1.TaskRef {
	if r == nil {
		return nil
	}
	if r.Bundle != "" {
		own.put(path+".bundle", r.Bundle)
	}
	r.Params = typedParams(r.Params)
	return &v1.TaskRef{Name: r.Name, Kind: r.Kind, APIVersion: r.APIVersion, ResolverRef: r.ResolverRef}
}

func taskRefFromV1(src *v1.TaskRef, own *fields, path string) *TaskRef {
	if src == nil {
		return nil
	}
	ref := &TaskRef{Name: src.Name, Kind: src.Kind, APIVersion: src.APIVersion, ResolverRef: src.ResolverRef}
	ref.Params = typedParams(ref.Params)
	own.take(path+".bundle", &ref.Bundle)
	return ref
}

func (r *PipelineRef) toV1(own *fields, path string) *v1.PipelineRef {
	if r == nil {
		return nil
	}
	if r.Bundle != "" {
		own.put(path+".bundle", r.Bundle)
	}
	r.Params = typedParams(r.Params)
	return &v1.PipelineRef{Name: r.Name, APIVersion: r.APIVersion, ResolverRef: r.ResolverRef}
}

func pipelineRefFromV1(src *v1.PipelineRef, own *fields, path string) *PipelineRef {
	if src == nil {
		return nil
	}
	ref := &PipelineRef{Name: src.Name, APIVersion: src.APIVersion, ResolverRef: src.ResolverRef}
	ref.Params = typedParams(ref.Params)
	own.take(path+".bundle", &ref.Bundle)
	return ref
}

func (p *Provenance) toV1(own *fields, path string) *v1.Provenance {
	if p == nil {
		return nil
	}
	if p.ConfigSource != nil {
		own.put(path+".configSource", p.ConfigSource)
	}
	return &v1.Provenance{RefSource: p.RefSource, FeatureFlags: p.FeatureFlags}
}

func provenanceFromV1(src *v1.Provenance, own *fields, path string) *Provenance {
	if src == nil {
		return nil
	}
	provenance := &Provenance{RefSource: src.RefSource, FeatureFlags: src.FeatureFlags}
	own.take(path+".configSource", &provenance.ConfigSource)
	return provenance
}

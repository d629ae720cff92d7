package plan

import (
	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/specvars"
)

// pass is one look at a run: what was seen, and what follows from that alone.
type pass struct {
	clock
	seen *Seen
	pr   *v1.PipelineRun
	// children are all observed children, sorted by name.
	children []child
}

func newPass(seen *Seen) *pass {
	pr := seen.PipelineRun
	return &pass{
		seen: seen, pr: pr,
		clock: clock{
			now: seen.Now, limits: limitsOf(&pr.Spec, seen.Config.Defaults.Timeout()),
			start: pr.Status.StartTime, finallyStart: pr.Status.FinallyStartTime,
		},
		children: ownedChildren(pr, seen.Children),
	}
}

// runName names the run in messages.
func (p *pass) runName() string { return p.pr.Namespace + "/" + p.pr.Name }

// variables are what variables about the run stand for.
func (p *pass) variables(pipelineName string) specvars.PipelineRun {
	return specvars.PipelineRun{
		Name: p.pr.Name, Namespace: p.pr.Namespace, UID: string(p.pr.UID),
		PipelineName: pipelineName, Params: p.pr.Spec.Params, Workspaces: p.pr.Spec.Workspaces,
	}
}

// hasChildren tells whether the run has, or had, any child.
func (p *pass) hasChildren() bool {
	return len(p.children) > 0 || len(p.pr.Status.ChildReferences) > 0
}

// unfinished returns the children that are still running, of the kind TaskRun first (contract 3 §9.4).
func (p *pass) unfinished() []child {
	var found []child
	for _, kind := range []string{kindTaskRun, kindCustomRun, kindPipelineRun} {
		for _, c := range p.children {
			if c.kind == kind && !c.isDone() {
				found = append(found, c)
			}
		}
	}
	return found
}

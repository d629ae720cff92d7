package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"knative.dev/pkg/apis"
	"sigs.k8s.io/yaml"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/plan"
)

// conclusion is how a run ended.
type conclusion struct {
	Condition                string
	Children, Skips, Results []string
}

// text shows a scenario in the message of a failure.
func (s *scenario) text() string {
	data, err := yaml.Marshal(map[string]any{"run": s.run.Spec, "pipeline": s.pipeline, "annotations": s.run.Annotations})
	if err != nil {
		return err.Error()
	}
	text := string(data) + fmt.Sprintf("coschedule: %s\n", s.coschedule)
	for name, at := range s.arrivals {
		text += fmt.Sprintf("# %s arrives at %s\n", name, at)
	}
	for _, r := range s.requests {
		text += fmt.Sprintf("# spec.status becomes %q at %s\n", r.status, r.at)
	}
	return text
}

// kidsOf describes children for the oracle.
func kidsOf(seen plan.Children) []kid {
	var all []kid
	add := func(kind string, meta *metav1.ObjectMeta, c *apis.Condition, end *metav1.Time) *kid {
		k := kid{name: meta.Name, kind: kind, task: meta.Labels["tekton.dev/pipelineTask"], created: meta.CreationTimestamp.Time}
		if c != nil && c.Status != corev1.ConditionUnknown {
			k.done, k.ok, k.reason = true, c.Status == corev1.ConditionTrue, c.Reason
		}
		if end != nil {
			k.ended = end.Time
		}
		all = append(all, k)
		return &all[len(all)-1]
	}
	for _, tr := range seen.TaskRuns {
		k := add("TaskRun", &tr.ObjectMeta, tr.Status.GetCondition(apis.ConditionSucceeded), tr.Status.CompletionTime)
		k.stopped = tr.Spec.Status == v1.TaskRunSpecStatusCancelled
		k.late = tr.Spec.StatusMessage == "TaskRun cancelled as the PipelineRun it belongs to has timed out."
		for _, r := range tr.Status.Results {
			switch r.Name {
			case "r":
				k.text = &r.Value.StringVal
			case "list":
				k.list = append([]string{}, r.Value.ArrayVal...)
			}
		}
	}
	for _, cr := range seen.CustomRuns {
		k := add("CustomRun", &cr.ObjectMeta, cr.Status.GetCondition(apis.ConditionSucceeded), cr.Status.CompletionTime)
		k.stopped = cr.Spec.Status == "RunCancelled"
		k.late = cr.Spec.StatusMessage == "CustomRun cancelled as the PipelineRun it belongs to has timed out."
		for _, r := range cr.Status.Results {
			if r.Name == "r" {
				k.text = &r.Value
			}
		}
	}
	for _, pr := range seen.PipelineRuns {
		k := add("PipelineRun", &pr.ObjectMeta, pr.Status.GetCondition(apis.ConditionSucceeded), pr.Status.CompletionTime)
		k.stopped = pr.Spec.Status == v1.PipelineRunSpecStatusCancelled
	}
	return all
}

func timeOf(t *metav1.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.Time
}

// endedTasks returns the tasks that are noted as having ended well before children of theirs were deleted, and checks that
// they had. Of a fan-out some instances of which are left nobody can tell.
func (s *simulation) endedTasks(step plan.Step) map[string]bool {
	s.t.Helper()
	const key = "tenon.dev/ended-tasks"
	noted := s.pr.Annotations[key]
	if text, isNew := step.Annotations[key]; isNew {
		noted = text
	}
	ended := map[string]bool{}
	for _, task := range strings.Split(noted, ",") {
		ended[task] = true
		for _, ref := range s.pr.Status.ChildReferences {
			if ref.PipelineTaskName == task && s.sc.task(task).Matrix == nil && !s.succeeded[ref.Name] {
				s.fatalf("%s is noted as having ended well, which %s has not", task, ref.Name)
			}
		}
	}
	return ended
}

// expect asks the oracle about what the controller sees.
func (s *simulation) expect(seen plan.Seen, ended map[string]bool) expectation {
	pr := seen.PipelineRun
	f := facts{
		name: pr.Name, spec: &pr.Spec, pipeline: s.sc.spec(), ended: ended, kids: kidsOf(seen.Children), now: s.now,
		recorded: map[string][]string{}, skips: map[string]v1.SkippingReason{}, created: pr.CreationTimestamp.Time,
		start: timeOf(pr.Status.StartTime), finally: timeOf(pr.Status.FinallyStartTime),
	}
	for _, ref := range pr.Status.ChildReferences {
		f.recorded[ref.PipelineTaskName] = append(f.recorded[ref.PipelineTaskName], ref.Name)
	}
	for _, skipped := range pr.Status.SkippedTasks {
		f.skips[skipped.Name] = skipped.Reason
	}
	if len(f.kids)+len(f.recorded) == 0 {
		f.refusal = s.sc.refusal(s.elapsed())
	}
	if pr.IsDone() {
		want := expectAfter(f, conditionOf(pr.Status))
		want.results = summarize(pr.Status).Results
		return want
	}
	return expect(f)
}

// expectAfter says what is left to do about a run that is done: stopping what still runs of one that failed.
func expectAfter(f facts, condition string) expectation {
	o := &oracle{facts: f}
	o.want.start, o.want.finally = f.start, f.finally
	if strings.HasPrefix(condition, "False") {
		o.stop(strings.HasPrefix(condition, "False PipelineRunTimeout"), everyKid)
	}
	o.keep(false)
	return o.end(condition)
}

func conditionOf(status v1.PipelineRunStatus) string {
	c := status.GetCondition(apis.ConditionSucceeded)
	return fmt.Sprintf("%s %s: %s", c.Status, c.Reason, c.Message)
}

func isLike(pattern, text string) bool {
	start, isStart := strings.CutSuffix(pattern, "*")
	if isStart {
		return strings.HasPrefix(strings.Replace(text, ": [User error] ", ": ", 1), start)
	}
	return pattern == text
}

// compare checks a step.
func (s *simulation) compare(seen plan.Seen, step plan.Step, want expectation) {
	s.t.Helper()
	var creates, stops []string
	values := map[string]string{}
	for i, text := range describe(step.Actions) {
		verb, object, _ := strings.Cut(text, " ")
		kind, name, _ := strings.Cut(object, " ")
		switch {
		case verb == "cancel" || strings.HasPrefix(text, "time out "):
			stops = append(stops, text)
		case verb == "create" && strings.HasSuffix(kind, "Run"):
			creates = append(creates, name)
			for param, value := range s.given(step.Actions[i]) {
				values[name+" "+param] = value
			}
		}
	}
	slices.Sort(creates)
	slices.Sort(stops)
	if want.values == nil {
		want.values = map[string]string{}
	}
	s.same("children to create", want.creates, creates)
	s.same("children to stop", want.stops, stops)
	s.same("parameters", want.values, values)
	s.compareStatus(step, want)
	if seen.PipelineRun.IsDone() {
		return
	}
	s.same("start", want.start, timeOf(step.Status.StartTime))
	s.same("start of finally", want.finally, timeOf(step.Status.FinallyStartTime))
	for _, at := range want.deadlines {
		if step.WakeAt.IsZero() || step.WakeAt.After(at.Add(time.Second)) {
			s.fatalf("wakes at %v although a limit is reached at %v", step.WakeAt, at)
		}
	}
	if !step.WakeAt.IsZero() && !step.WakeAt.After(s.now) {
		s.fatalf("wakes at %v, which is not later than now, %v", step.WakeAt, s.now)
	}
}

func (s *simulation) same(what string, want, got any) {
	s.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		s.fatalf("%s (-want +got):\n%s", what, diff)
	}
}

// compareStatus checks what a step shows.
func (s *simulation) compareStatus(step plan.Step, want expectation) {
	s.t.Helper()
	if got := conditionOf(step.Status); !isLike(want.condition, got) {
		s.fatalf("condition\n got %s\nwant %s", got, want.condition)
	}
	got := summarize(step.Status)
	s.same("children", want.children, got.Children)
	s.same("skipped tasks", want.skips, got.Skips)
	s.same("results of a run that is "+got.Condition, want.results, got.Results)
	if done := step.Status.CompletionTime != nil; done != want.done() {
		s.fatalf("has a completion time: %t, condition %s", done, got.Condition)
	}
}

func summarize(status v1.PipelineRunStatus) conclusion {
	c := conclusion{Condition: conditionOf(status)}
	for _, ref := range status.ChildReferences {
		c.Children = append(c.Children, ref.Name)
	}
	for _, skipped := range status.SkippedTasks {
		c.Skips = append(c.Skips, skipped.Name+": "+string(skipped.Reason))
	}
	for _, r := range status.Results {
		c.Results = append(c.Results, r.Name+"="+r.Value.StringVal)
	}
	slices.Sort(c.Children)
	slices.Sort(c.Skips)
	return c
}

// given returns the parameters of a child to create, and checks the rest of it.
func (s *simulation) given(action plan.Action) map[string]string {
	s.t.Helper()
	var meta metav1.ObjectMeta
	var params v1.Params
	var workspaces []v1.WorkspaceBinding
	retries := 0
	switch a := action.(type) {
	case plan.CreateTaskRun:
		meta, params, workspaces, retries = a.TaskRun.ObjectMeta, a.TaskRun.Spec.Params, a.TaskRun.Spec.Workspaces, a.TaskRun.Spec.Retries
	case plan.CreateCustomRun:
		meta, params, retries = a.CustomRun.ObjectMeta, a.CustomRun.Spec.Params, a.CustomRun.Spec.Retries
	case plan.CreatePipelineRun:
		meta, params = a.PipelineRun.ObjectMeta, a.PipelineRun.Spec.Params
	}
	pt := s.sc.task(taskOf(meta.Name))
	s.same("retries of "+meta.Name, pt.Retries, retries)
	if s.sc.pipeline != nil {
		s.same("label and annotation of "+meta.Name, []string{"x", "y"}, []string{meta.Labels["team"], meta.Annotations["note"]})
	}
	s.checkWorkspaces(pt, meta, workspaces)
	values := map[string]string{}
	for _, p := range params {
		values[p.Name] = p.Value.StringVal
		if p.Value.Type == v1.ParamTypeArray {
			values[p.Name] = fmt.Sprint(p.Value.ArrayVal)
		}
	}
	return values
}

func (s *scenario) task(name string) *v1.PipelineTask {
	for _, section := range [][]v1.PipelineTask{s.spec().Tasks, s.spec().Finally} {
		for i := range section {
			if section[i].Name == name {
				return &section[i]
			}
		}
	}
	return nil
}

// checkWorkspaces checks the claim and the affinity assistant of a child.
func (s *simulation) checkWorkspaces(pt *v1.PipelineTask, meta metav1.ObjectMeta, bindings []v1.WorkspaceBinding) {
	s.t.Helper()
	if len(bindings) != len(pt.Workspaces) {
		s.fatalf("%s has %d workspaces, its task %d", meta.Name, len(bindings), len(pt.Workspaces))
	}
	assisted := meta.Annotations["pipeline.tekton.dev/affinity-assistant"] != ""
	wants := s.sc.coschedule == "pipelineruns" && makesChildOfItsOwn(pt) && len(s.sc.run.Spec.Workspaces) > 0 ||
		s.sc.coschedule == "workspaces" && len(bindings) > 0
	if assisted != wants {
		s.fatalf("%s has an affinity assistant: %t, coschedule is %s", meta.Name, assisted, s.sc.coschedule)
	}
}

// makesChildOfItsOwn tells whether a task makes TaskRuns or CustomRuns and no PipelineRun.
func makesChildOfItsOwn(pt *v1.PipelineTask) bool {
	return pt.PipelineSpec == nil && pt.PipelineRef == nil
}

// checkStart checks a child that was just created: what it needs exists, and what it comes after has ended. Deletions make
// the past look different.
func (s *simulation) checkStart(name string) {
	s.t.Helper()
	pt := s.sc.task(taskOf(name))
	if tr := s.taskRuns[name]; tr != nil {
		for _, b := range tr.Spec.Workspaces {
			claim := b.PersistentVolumeClaim.ClaimName
			if claim != "users" && s.sc.coschedule != "pipelineruns" && !s.claims[claim].Exists {
				s.fatalf("%s is created before its claim %s", name, claim)
			}
		}
		if assistant := tr.Annotations["pipeline.tekton.dev/affinity-assistant"]; assistant != "" && !s.statefulSets[assistant].Exists {
			s.fatalf("%s is created before its affinity assistant %s", name, assistant)
		}
	}
	before := map[string]bool{}
	for _, task := range pt.RunAfter {
		before[task] = true
	}
	for _, ref := range refsOf(pt) {
		before[ref.task] = true
	}
	if strings.HasPrefix(pt.Name, "f") {
		for _, other := range s.sc.spec().Tasks {
			before[other.Name] = true
		}
	}
	for other := range s.ends {
		if task := taskOf(other); before[task] && !s.deleted[task] {
			s.fatalf("%s is created while %s runs", name, other)
		}
	}
}

// amended is what a pass comes to in which actions were refused (contract 3 §1.2, §1.3, §7.5).
func (e expectation) amended(wasDone bool, step plan.Step, refused []plan.Refused) expectation {
	if wasDone || step.Failure != nil && step.Failure.Final() {
		return e
	}
	var lost []string
	for _, x := range refused {
		text := describe([]plan.Action{x.Action})[0]
		if name, ok := strings.CutPrefix(text, "create "); ok {
			_, name, _ = strings.Cut(name, " ")
			lost = append(lost, name)
		}
	}
	created := func(name string) bool { return slices.Contains(e.creates, name) && slices.Contains(lost, name) }
	e.children = slices.DeleteFunc(slices.Clone(e.children), func(name string) bool { return created(name) && !e.known[name] })
	if len(e.children) == 0 {
		e.children = nil
	}
	first := refused[slices.IndexFunc(refused, func(x plan.Refused) bool { return x.Err != nil })]
	switch a := first.Action.(type) {
	case plan.StopChild:
		e.condition = `Unknown PipelineRunCouldntCancel: PipelineRun "pr" was cancelled but had errors trying to cancel TaskRuns and/or Runs: *`
		if a.TimedOut {
			e.condition = `Unknown PipelineRunCouldntTimeOut: PipelineRun "pr" was timed out but had errors trying to time out TaskRuns and/or Runs: *`
		}
		e.results = nil
	case plan.CreateClaim:
		e.condition = "False CouldntCreateWorkspacePVC: Failed to create PVC for PipelineRun ns/pr correctly: PVC creation error for *"
		if first.Kind != plan.RefusedForGood {
			e.condition = "Unknown PipelineRunPending: Waiting for PVC creation to succeed: PVC creation error, retryable for *"
		}
	case plan.CreateAffinityAssistant:
		e.condition = "False ReasonCouldntCreateOrUpdateAffinityAssistantStatefulSet: *"
		if first.Kind != plan.RefusedForGood {
			e.condition = "Unknown PipelineRunPending: Waiting for StatefulSet creation to succeed: *"
		}
	default:
		if first.Kind == plan.RefusedForGood {
			e.condition = "False CreateRunFailed: refused"
		} else if !e.done() {
			e.condition += "; *"
		}
	}
	return e
}

// conclude checks what holds for every run that is done and cleaned up.
func (s *simulation) conclude() conclusion {
	s.t.Helper()
	status := s.pr.Status
	if status.CompletionTime.Before(status.StartTime) || status.FinallyStartTime != nil && status.CompletionTime.Before(status.FinallyStartTime) {
		s.fatalf("started %v, finally %v, ended %v", status.StartTime, status.FinallyStartTime, status.CompletionTime)
	}
	ends := 0
	for _, e := range s.events {
		if e.Reason == "Succeeded" || e.Reason == "Failed" {
			ends++
		}
	}
	s.same("number of events about the end", 1, ends)
	for _, skipped := range status.SkippedTasks {
		has := func(ref v1.ChildStatusReference) bool { return ref.PipelineTaskName == skipped.Name }
		if !s.deleted[skipped.Name] && slices.ContainsFunc(status.ChildReferences, has) {
			s.fatalf("%s is skipped and has children", skipped.Name)
		}
	}
	if s.sc.pipeline != nil && status.PipelineSpec != nil {
		s.same("label and annotation", []string{"x", "y"}, []string{s.pr.Labels["team"], s.pr.Annotations["note"]})
	}
	s.same("affinity assistants that are left", 0, len(s.statefulSets))
	for name := range s.claims {
		if s.pr.Annotations["tekton.dev/auto-cleanup-pvc"] == "true" && s.sc.coschedule == "workspaces" {
			s.fatalf("claim %s is left", name)
		}
	}
	return summarize(status)
}

//go:build e2e

package takeover

import (
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"knative.dev/pkg/apis"
	"knative.dev/pkg/kmeta"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
	resolution "github.com/tenon-ci/tenon/pkg/apis/resolution/v1beta1"
	resolutionclient "github.com/tenon-ci/tenon/pkg/client/resolution/clientset/versioned"
	"github.com/tenon-ci/tenon/pkg/names"
)

// pipelineRun makes a PipelineRun with an inline Pipeline, held back.
func (e *engine) pipelineRun(name string, spec *v1.PipelineSpec, change ...func(*v1.PipelineRun)) *v1.PipelineRun {
	e.t.Helper()
	pr := &v1.PipelineRun{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: e.Name}, Spec: v1.PipelineRunSpec{PipelineSpec: spec, Status: v1.PipelineRunSpecStatusPending}}
	for _, c := range change {
		c(pr)
	}
	made, err := e.Tekton.TektonV1().PipelineRuns(e.Name).Create(e.t.Context(), pr, metav1.CreateOptions{})
	e.fatal(err, "creating PipelineRun %s", name)
	return made
}

// child makes the TaskRun of a pipeline task.
func (e *engine) child(pr *v1.PipelineRun, pipelineTask, section string, spec *v1.TaskSpec, change ...func(*v1.TaskRun)) *v1.TaskRun {
	e.t.Helper()
	return e.taskRun(names.PipelineTask(pr.Name, pipelineTask), spec, append(change, func(tr *v1.TaskRun) {
		tr.Labels = childLabels(pr, pipelineTask, section)
		tr.OwnerReferences = []metav1.OwnerReference{*kmeta.NewControllerRef(pr)}
	})...)
}

func childLabels(pr *v1.PipelineRun, pipelineTask, section string) map[string]string {
	return map[string]string{
		"tekton.dev/pipelineRun": pr.Name, "tekton.dev/pipelineRunUID": string(pr.UID), "tekton.dev/pipeline": pr.Name,
		"tekton.dev/pipelineTask": pipelineTask, "tekton.dev/memberOf": section,
	}
}

// goes writes the status of a PipelineRun that is under way with these children.
func (e *engine) goes(name, message string, change func(*v1.PipelineRunStatus), children ...string) {
	e.t.Helper()
	client := e.Tekton.TektonV1().PipelineRuns(e.Name)
	e.patch("pipelineruns", name, release)
	pr, err := client.Get(e.t.Context(), name, metav1.GetOptions{})
	e.fatal(err, "reading PipelineRun %s", name)
	pr.Status = v1.PipelineRunStatus{}
	pr.Status.StartTime, pr.Status.PipelineSpec = &pr.CreationTimestamp, pr.Spec.PipelineSpec
	for _, c := range children {
		ref := v1.ChildStatusReference{Name: names.PipelineTask(name, c), PipelineTaskName: c}
		ref.APIVersion, ref.Kind = "tekton.dev/v1", "TaskRun"
		if c == "custom" {
			ref.APIVersion, ref.Kind = "tekton.dev/v1beta1", "CustomRun"
		}
		pr.Status.ChildReferences = append(pr.Status.ChildReferences, ref)
	}
	pr.Status.MarkRunning(v1.PipelineRunReasonRunning, message, time.Now())
	if change != nil {
		change(&pr.Status)
	}
	_, err = client.UpdateStatus(e.t.Context(), pr, metav1.UpdateOptions{})
	e.fatal(err, "writing the status of PipelineRun %s", name)
}

func inline(name string, spec *v1.TaskSpec) v1.PipelineTask {
	return v1.PipelineTask{Name: name, TaskSpec: &v1.EmbeddedTask{TaskSpec: *spec}}
}

// threeTasks have a done, b running and c to come, which takes a result of b; another one was skipped.
func threeTasks() *v1.PipelineSpec {
	c := task(step("a", "printf %s $(params.p)-more > $(results.r.path)"))
	c.Params = v1.ParamSpecs{{Name: "p", Type: v1.ParamTypeString}}
	last := inline("c", withResult(c))
	last.Params = v1.Params{{Name: "p", Value: *v1.NewString("$(tasks.b.results.r)")}}
	skipped := inline("never", task(step("a", "exit 1")))
	skipped.When = v1.WhenExpressions{{Input: "x", Operator: "in", Values: []string{"y"}}}
	return &v1.PipelineSpec{
		Tasks:   []v1.PipelineTask{inline("a", task(step("a", "true"))), inline("b", gatedTask()), last, skipped},
		Results: []v1.PipelineResult{{Name: "r", Value: *v1.NewString("$(tasks.c.results.r)")}},
	}
}

func gatedTask() *v1.TaskSpec { return withResult(task(step("a", gated+writesR))) }

func pipelineRunStages() []stage {
	return []stage{
		{name: "half way", pipeline: true, runs: 2, want: "True Completed", results: "r=one-more", more: []string{"-c-pod"}, make: halfWay},
		{name: "finally runs", pipeline: true, runs: 1, want: "True Succeeded", results: "r=one", make: finallyRuns},
		{
			name: "held back", pipeline: true, runs: 1, want: "True Succeeded", more: []string{"-a-pod"},
			make: func(e *engine, run string) func() {
				e.pipelineRun(run, &v1.PipelineSpec{Tasks: []v1.PipelineTask{inline("a", task(step("a", "true")))}})
				return func() {}
			},
			after: func(e *engine, run string) { e.patch("pipelineruns", run, release) },
		},
		{name: "cancelled, not seen", pipeline: true, runs: 1, want: "False Cancelled", gone: true, make: cancelledPipeline},
		{name: "a custom task runs", pipeline: true, runs: 1, want: "True Succeeded", results: "r=one", make: customTask, after: endCustomRun},
		{name: "a child is not recorded", pipeline: true, runs: 1, want: "True Succeeded", make: unrecorded},
		{name: "volume and affinity assistant", pipeline: true, runs: 1, want: "True Succeeded", more: []string{"-b-pod"}, make: withAssistant},
		{name: "a resolver is asked", runs: 1, want: "True Succeeded", more: []string{"-pod"}, make: resolving},
	}
}

func halfWay(e *engine, run string) func() {
	spec := threeTasks()
	pr := e.pipelineRun(run, spec)
	a := e.child(pr, "a", "tasks", &spec.Tasks[0].TaskSpec.TaskSpec)
	b := e.child(pr, "b", "tasks", &spec.Tasks[1].TaskSpec.TaskSpec)
	e.pod(a, form{})
	e.pod(b, form{})
	e.expect(a.Name+"-pod", "be over", inPhase(corev1.PodSucceeded))
	e.expect(b.Name+"-pod", "run", inPhase(corev1.PodRunning))
	return func() {
		ends(e, a.Name, e.await(a.Name+"-pod", "be over", inPhase(corev1.PodSucceeded)))
		e.runs(b.Name, e.await(b.Name+"-pod", "run", inPhase(corev1.PodRunning)))
		e.goes(run, "Tasks Completed: 1 (Failed: 0, Cancelled 0), Incomplete: 2, Skipped: 1", func(s *v1.PipelineRunStatus) {
			s.SkippedTasks = []v1.SkippedTask{{Name: "never", Reason: v1.WhenExpressionsSkip, WhenExpressions: spec.Tasks[3].When}}
		}, "a", "b")
	}
}

func finallyRuns(e *engine, run string) func() {
	last := inline("last", gatedTask())
	spec := &v1.PipelineSpec{
		Tasks: []v1.PipelineTask{inline("a", task(step("a", "true")))}, Finally: []v1.PipelineTask{last},
		Results: []v1.PipelineResult{{Name: "r", Value: *v1.NewString("$(finally.last.results.r)")}},
	}
	pr := e.pipelineRun(run, spec)
	a := e.child(pr, "a", "tasks", &spec.Tasks[0].TaskSpec.TaskSpec)
	b := e.child(pr, "last", "finally", &last.TaskSpec.TaskSpec)
	e.pod(a, form{})
	e.pod(b, form{})
	e.expect(a.Name+"-pod", "be over", inPhase(corev1.PodSucceeded))
	e.expect(b.Name+"-pod", "run", inPhase(corev1.PodRunning))
	return func() {
		ends(e, a.Name, e.await(a.Name+"-pod", "be over", inPhase(corev1.PodSucceeded)))
		e.runs(b.Name, e.await(b.Name+"-pod", "run", inPhase(corev1.PodRunning)))
		e.goes(run, "Tasks Completed: 1 (Failed: 0, Cancelled 0), Incomplete: 1, Skipped: 0", func(s *v1.PipelineRunStatus) {
			now := metav1.Now()
			s.FinallyStartTime = &now
		}, "a", "last")
	}
}

// oneTask has a task under way.
func oneTask(e *engine, run string) (leave func(record bool)) {
	spec := &v1.PipelineSpec{Tasks: []v1.PipelineTask{inline("b", gatedTask())}}
	b := e.child(e.pipelineRun(run, spec), "b", "tasks", &spec.Tasks[0].TaskSpec.TaskSpec)
	e.pod(b, form{})
	e.expect(b.Name+"-pod", "run", inPhase(corev1.PodRunning))
	return func(record bool) {
		e.runs(b.Name, e.await(b.Name+"-pod", "run", inPhase(corev1.PodRunning)))
		var children []string
		if record {
			children = []string{"b"}
		}
		e.goes(run, "Tasks Completed: 0 (Failed: 0, Cancelled 0), Incomplete: 1, Skipped: 0", nil, children...)
	}
}

func cancelledPipeline(e *engine, run string) func() {
	leave := oneTask(e, run)
	return func() {
		leave(true)
		e.patch("pipelineruns", run, `{"spec":{"status":"Cancelled"}}`)
	}
}

func unrecorded(e *engine, run string) func() {
	leave := oneTask(e, run)
	return func() { leave(false) }
}

func customTask(e *engine, run string) func() {
	spec := &v1.PipelineSpec{
		Tasks:   []v1.PipelineTask{{Name: "custom", TaskRef: &v1.TaskRef{APIVersion: "example.dev/v1", Kind: "Approval", Name: "x"}}},
		Results: []v1.PipelineResult{{Name: "r", Value: *v1.NewString("$(tasks.custom.results.r)")}},
	}
	pr := e.pipelineRun(run, spec)
	cr := &v1beta1.CustomRun{
		ObjectMeta: metav1.ObjectMeta{Name: run + "-custom", Labels: childLabels(pr, "custom", "tasks"), OwnerReferences: []metav1.OwnerReference{*kmeta.NewControllerRef(pr)}},
		Spec:       v1beta1.CustomRunSpec{CustomRef: &v1beta1.TaskRef{APIVersion: "example.dev/v1", Kind: "Approval", Name: "x"}},
	}
	_, err := e.Tekton.TektonV1beta1().CustomRuns(e.Name).Create(e.t.Context(), cr, metav1.CreateOptions{})
	e.fatal(err, "creating CustomRun %s", cr.Name)
	return func() {
		e.goes(run, "Tasks Completed: 0 (Failed: 0, Cancelled 0), Incomplete: 1, Skipped: 0", nil, "custom")
	}
}

// endCustomRun is the work of the custom task's own controller.
func endCustomRun(e *engine, run string) {
	client := e.Tekton.TektonV1beta1().CustomRuns(e.Name)
	cr, err := client.Get(e.t.Context(), run+"-custom", metav1.GetOptions{})
	e.fatal(err, "reading CustomRun %s", run+"-custom")
	cr.Status.Results = []v1beta1.CustomRunResult{{Name: "r", Value: "one"}}
	cr.Status.SetConditions(apis.Conditions{{Type: apis.ConditionSucceeded, Status: corev1.ConditionTrue, Reason: "Succeeded"}})
	_, err = client.UpdateStatus(e.t.Context(), cr, metav1.UpdateOptions{})
	e.fatal(err, "ending CustomRun %s", cr.Name)
}

// withAssistant has a task that uses a claim of the run under way, and another one to come, which finds what the first has written.
func withAssistant(e *engine, run string) func() {
	use := v1.WorkspacePipelineTaskBinding{Name: "w"}
	a := task(step("a", gated+"echo x > /workspace/w/file"))
	b := task(step("a", "test -e $(workspaces.w.path)/file"))
	a.Workspaces, b.Workspaces = []v1.WorkspaceDeclaration{{Name: "w"}}, []v1.WorkspaceDeclaration{{Name: "w"}}
	spec := &v1.PipelineSpec{Workspaces: []v1.PipelineWorkspaceDeclaration{{Name: "w"}}, Tasks: []v1.PipelineTask{inline("a", a), inline("b", b)}}
	spec.Tasks[0].Workspaces, spec.Tasks[1].Workspaces = []v1.WorkspacePipelineTaskBinding{use}, []v1.WorkspacePipelineTaskBinding{use}
	spec.Tasks[1].RunAfter = []string{"a"}
	claimSpec := corev1.PersistentVolumeClaimSpec{
		AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
		Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("10Mi")}},
	}
	pr := e.pipelineRun(run, spec, func(pr *v1.PipelineRun) {
		pr.Spec.Workspaces = []v1.WorkspaceBinding{{Name: "w", VolumeClaimTemplate: &corev1.PersistentVolumeClaim{Spec: claimSpec}}}
	})
	claim, assistant := names.Claim("", "w", string(pr.UID)), names.AffinityAssistant("w", run)
	owner := []metav1.OwnerReference{*kmeta.NewControllerRef(pr)}
	_, err := e.Kube.CoreV1().PersistentVolumeClaims(e.Name).Create(e.t.Context(),
		&corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: claim, OwnerReferences: owner}, Spec: claimSpec}, metav1.CreateOptions{})
	e.fatal(err, "creating claim %s", claim)
	_, err = e.Kube.AppsV1().StatefulSets(e.Name).Create(e.t.Context(), e.assistant(assistant, claim, run, owner), metav1.CreateOptions{})
	e.fatal(err, "creating StatefulSet %s", assistant)
	tr := e.child(pr, "a", "tasks", a, func(tr *v1.TaskRun) {
		tr.Annotations["pipeline.tekton.dev/affinity-assistant"] = assistant
		tr.Spec.Workspaces = []v1.WorkspaceBinding{{Name: "w", PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claim}}}
	})
	e.pod(tr, form{change: func(pod *corev1.Pod) {
		pod.Spec.Volumes = append(pod.Spec.Volumes, corev1.Volume{Name: "ws-w", VolumeSource: corev1.VolumeSource{
			PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claim},
		}})
		c := &pod.Spec.Containers[0]
		c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: "ws-w", MountPath: "/workspace/w"})
	}})
	e.expect(tr.Name+"-pod", "run", inPhase(corev1.PodRunning))
	return func() {
		e.runs(tr.Name, e.await(tr.Name+"-pod", "run", inPhase(corev1.PodRunning)))
		e.goes(run, "Tasks Completed: 0 (Failed: 0, Cancelled 0), Incomplete: 2, Skipped: 0", nil, "a")
	}
}

// assistant follows contract 3 §8.2.
func (e *engine) assistant(name, claim, run string, owner []metav1.OwnerReference) *appsv1.StatefulSet {
	labels := map[string]string{"tekton.dev/pipelineRun": run, "app.kubernetes.io/instance": name, "app.kubernetes.io/component": "affinity-assistant"}
	return &appsv1.StatefulSet{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels, OwnerReferences: owner},
		Spec: appsv1.StatefulSetSpec{
			Replicas: ptr.To[int32](1), Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: corev1.PodSpec{
				Containers: []corev1.Container{{Name: "affinity-assistant", Image: "busybox", Command: []string{"sleep", "3600"}}},
				Volumes: []corev1.Volume{{Name: "workspace-0", VolumeSource: corev1.VolumeSource{
					PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claim},
				}}},
				TerminationGracePeriodSeconds: ptr.To[int64](1),
			}},
		},
	}
}

// resolving has asked a resolver for its Task.
func resolving(e *engine, run string) func() {
	return func() { e.askResolver(run) }
}

func (e *engine) askResolver(run string) {
	e.t.Helper()
	wanted := &v1.Task{ObjectMeta: metav1.ObjectMeta{Name: "fetched"}, Spec: *task(step("a", "true"))}
	_, err := e.Tekton.TektonV1().Tasks(e.Name).Create(e.t.Context(), wanted, metav1.CreateOptions{})
	e.fatal(err, "creating Task %s", wanted.Name)
	params := v1.Params{
		{Name: "kind", Value: *v1.NewString("task")}, {Name: "name", Value: *v1.NewString(wanted.Name)}, {Name: "namespace", Value: *v1.NewString(e.Name)},
	}
	tr := e.taskRun(run, nil, func(tr *v1.TaskRun) {
		tr.Spec.Status = ""
		tr.Spec.TaskRef = &v1.TaskRef{ResolverRef: v1.ResolverRef{Resolver: "cluster", Params: params}}
	})
	var plain []names.ResolverParam
	for _, p := range params {
		plain = append(plain, names.ResolverParam{Name: p.Name, Value: p.Value.StringVal})
	}
	client, err := resolutionclient.NewForConfig(e.Config)
	e.fatal(err, "building the client for requests")
	rr := &resolution.ResolutionRequest{
		ObjectMeta: metav1.ObjectMeta{
			Name: names.ResolutionRequest("cluster", e.Name, run, plain, ""), Labels: map[string]string{"resolution.tekton.dev/type": "cluster"},
			OwnerReferences: []metav1.OwnerReference{*kmeta.NewControllerRef(tr)},
		},
		Spec: resolution.ResolutionRequestSpec{Params: params},
	}
	_, err = client.ResolutionV1beta1().ResolutionRequests(e.Name).Create(e.t.Context(), rr, metav1.CreateOptions{})
	e.fatal(err, "creating ResolutionRequest %s", rr.Name)
	e.write(run, func(tr *v1.TaskRun) {
		tr.Status.StartTime = &tr.CreationTimestamp
		tr.Status.MarkRunning(v1.TaskRunReasonResolvingTaskRef, "TaskRun "+e.Name+"/"+run+" awaiting remote resource", time.Now())
	})
}

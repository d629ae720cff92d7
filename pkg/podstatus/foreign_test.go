package podstatus

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/names"
)

// foreign makes a pod as the engine in use does: its containers that prepare are over unless they are given.
func foreign(phase corev1.PodPhase, inits ...corev1.ContainerState) builder {
	b := newPod(phase)
	b.pod.Spec.Volumes = []corev1.Volume{{Name: "tekton-internal-workspace"}, {Name: names.ForeignRunVolume}, {Name: "tekton-internal-run-1"}}
	for i, name := range []string{names.PrepareContainer, placeScripts, workingDirInitializer} {
		state := exited(0, "Completed")
		if i < len(inits) {
			state = inits[i]
		}
		b.init(name, false, state)
	}
	return b
}

// restarts says that the last container was started again.
func (b builder) restarts(n int32) builder {
	b.pod.Status.ContainerStatuses[len(b.pod.Status.ContainerStatuses)-1].RestartCount = n
	return b
}

func TestForeignPodsAreKnown(t *testing.T) {
	t.Parallel()
	own := newPod(corev1.PodRunning)
	own.pod.Spec.Volumes = []corev1.Volume{{Name: "tekton-internal-run"}, {Name: "tekton-internal-steps"}}
	if IsForeign(own.pod) || IsForeign(newPod(corev1.PodRunning).pod) || !IsForeign(foreign(corev1.PodRunning).pod) {
		t.Error("pods of this engine and others are not told apart")
	}
}

// TestForeignPodStages has a pod of the other engine in each of its stages.
func TestForeignPodStages(t *testing.T) {
	t.Parallel()
	const initializing = "PodInitializing"
	for name, tc := range map[string]struct {
		pod                            builder
		finished, failed, ready, stuck bool
		why                            Verdict
	}{
		"not scheduled": {pod: foreign(corev1.PodPending, waiting("", ""), waiting("", ""), waiting("", "")).container("step-a", waiting("", ""))},
		"prepares":      {pod: foreign(corev1.PodPending, running(), waiting(initializing, "")).container("step-a", waiting(initializing, ""))},
		"the image that prepares is not there": {
			pod: foreign(corev1.PodPending, waiting("ImagePullBackOff", "back-off")).container("step-a", waiting(initializing, "")),
		},
		"preparing failed": {
			pod:      foreign(corev1.PodFailed, exited(1, "Error")).container("step-a", waiting(initializing, "")),
			finished: true, failed: true, why: Verdict{"InitContainerFailed", `init container failed, "prepare" exited with code 1: Error`},
		},
		"preparing could not be started": {
			pod:      foreign(corev1.PodFailed, exited(128, "StartError", "no such file")).container("step-a", waiting(initializing, "")),
			finished: true, failed: true, why: Verdict{"InitContainerFailed", `init container failed, "prepare" exited with code 128: StartError: no such file`},
		},
		"placing scripts failed": {
			pod:      foreign(corev1.PodFailed, exited(0, "Completed"), exited(2, "Error")).container("step-a", waiting(initializing, "")),
			finished: true, failed: true, why: Verdict{"InitContainerFailed", `init container failed, "place-scripts" exited with code 2: Error`},
		},
		"placing scripts took too much memory": {
			pod:      foreign(corev1.PodFailed, exited(0, "Completed"), exited(137, "OOMKilled")).container("step-a", waiting(initializing, "")),
			finished: true, failed: true, why: Verdict{"InitContainerOOM", `init container failed, "place-scripts" exited with code 137: OOMKilled`},
		},
		"waits for a sidecar": {
			pod: foreign(corev1.PodRunning).container("step-a", running()).container("sidecar-s", running()),
		},
		"its sidecar is over": {
			pod:   foreign(corev1.PodRunning).container("step-a", running()).container("sidecar-s", exited(0, "Completed")),
			ready: true,
		},
		"steps run":              {pod: foreign(corev1.PodRunning).container("step-a", exited(0, "Completed")).container("step-b", running()), ready: true},
		"a failure is passed on": {pod: foreign(corev1.PodRunning).container("step-a", exited(3, "Error")).container("step-b", running()), ready: true, failed: true},
		"steps are over, a sidecar is not": {
			pod: foreign(corev1.PodRunning).container("step-a", exited(0, "Completed")).container("sidecar-s", running()), finished: true,
		},
		"succeeded": {pod: foreign(corev1.PodSucceeded).container("step-a", exited(0, "Completed")), finished: true},
		"failed": {
			pod:      foreign(corev1.PodFailed).container("step-a", exited(3, "Error")).container("step-b", exited(1, "Error")),
			finished: true, failed: true, why: Verdict{"StepFailed", `"step-a" exited with code 3: Error`},
		},
		"a step took too much memory, runner included": {
			pod:      foreign(corev1.PodRunning).container("step-a", exited(137, "OOMKilled")).container("step-b", running()),
			finished: true, failed: true, ready: true, stuck: true, why: Verdict{"StepOOM", `"step-a" exited with code 137: OOMKilled`},
		},
		"a step took too much memory, its runner told the next": {
			pod:      foreign(corev1.PodRunning).container("step-a", exited(1, "OOMKilled")).container("step-b", running()),
			finished: true, failed: true, ready: true, why: Verdict{"StepOOM", `"step-a" exited with code 1: OOMKilled`},
		},
		"evicted": {
			pod:      foreign(corev1.PodFailed).message("Evicted", "low on disk").container("step-a", exited(137, "Error")),
			finished: true, failed: true, why: Verdict{"PodEvicted", "low on disk"},
		},
		"too long without a controller": {
			pod:      foreign(corev1.PodFailed).message("DeadlineExceeded", "active too long"),
			finished: true, failed: true, why: Verdict{"Failed", "active too long"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pod := tc.pod.pod
			got := []bool{Finished(pod), Failed(pod), SidecarsReady(pod), Stuck(pod)}
			if diff := cmp.Diff([]bool{tc.finished, tc.failed, tc.ready, tc.stuck}, got); diff != "" {
				t.Errorf("finished, failed, ready, stuck (-want +got):\n%s", diff)
			}
			if found := FindUnprepared(pod); found != nil {
				t.Errorf("the pod is to be made again: %+v", found)
			}
			if !tc.failed || !tc.finished {
				return
			}
			if diff := cmp.Diff(tc.why, WhyFailed(pod, nil)); diff != "" {
				t.Errorf("why it failed (-want +got):\n%s", diff)
			}
		})
	}
}

// TestOwnPodIsMadeAgainWhereAForeignOneFails has the same trouble in a pod of this engine.
func TestOwnPodIsMadeAgainWhereAForeignOneFails(t *testing.T) {
	t.Parallel()
	own := newPod(corev1.PodFailed).init(names.PrepareContainer, false, exited(128, "StartError", "no such file"))
	if FindUnprepared(own.pod) == nil {
		t.Error("the pod is not made again")
	}
}

// TestForeignImagesAreTheOperators waits for images of the engine, as that engine does, and not for those of others.
func TestForeignImagesAreTheOperators(t *testing.T) {
	t.Parallel()
	for container, want := range map[string]string{
		placeScripts: "", workingDirInitializer: "", names.PrepareContainer: "", "istio-init": string(v1.TaskRunReasonImagePullFailed),
	} {
		pod := newPod(corev1.PodPending).init(container, false, waiting("ImagePullBackOff", "back-off")).container("step-a", waiting("PodInitializing", ""))
		got := FindStartFailure(StartInput{TaskRun: "tr", Pod: pod.pod, PodName: "tr-pod", Now: epoch.Add(time.Hour)})
		if got.Reason != want {
			t.Errorf("%s: reason %q, want %q", container, got.Reason, want)
		}
	}
}

// TestForeignMessages has what the other runner writes when a step ends.
func TestForeignMessages(t *testing.T) {
	t.Parallel()
	const started = `{"key":"StartedAt","value":"2026-03-01T12:00:03.250Z","type":3}`
	type end struct {
		Code            int32
		Reason, Message string
		Started         int
	}
	for name, tc := range map[string]struct {
		state corev1.ContainerState
		want  end
	}{
		"results": {
			exited(0, "Completed", `[{"key":"r","value":"1","type":1},`+started+`,{"key":"s","value":"x","type":4}]`),
			end{0, "Completed", `[{"key":"r","value":"1","type":1},{"key":"s","value":"x","type":4}]`, 3},
		},
		"artifacts": {
			exited(0, "Completed", `[{"key":"/tekton/steps/step-a/artifacts/provenance.json","value":"{}","type":5},{"key":"/tekton/artifacts/provenance.json","value":"{}","type":6}]`),
			end{0, "Completed", `[{"key":"/tekton/artifacts/provenance.json","value":"{}","type":6},{"key":"/tekton/steps/step-a/artifacts/provenance.json","value":"{}","type":5}]`, 1},
		},
		"names of types": {
			exited(0, "Completed", `[{"key":"r","value":"1","type":"TaskRunResult"},{"key":"ExitCode","value":"4","type":"InternalTektonResult"},{"key":"x","value":"1","type":"Other"}]`),
			end{4, "Continued", `[{"key":"r","value":"1","type":1}]`, 1},
		},
		"an error that is ignored":                 {exited(0, "Completed", `[`+started+`,{"key":"ExitCode","value":"7","type":3},{"key":"Reason","value":"Continued","type":3}]`), end{7, "Continued", "", 3}},
		"an error that is ignored, without a word": {exited(0, "Completed", `[{"key":"ExitCode","value":"7","type":3}]`), end{7, "Continued", "", 1}},
		"killed, and that is ignored":              {exited(0, "Completed", `[{"key":"ExitCode","value":"-1","type":3}]`), end{-1, "Continued", "", 1}},
		"an exit code of 0":                        {exited(0, "Completed", `[{"key":"ExitCode","value":"0","type":3}]`), end{0, "Completed", "", 1}},
		"skipped":                                  {exited(1, "Error", `[{"key":"Reason","value":"Skipped","type":3}]`), end{1, "Skipped", "", 1}},
		"too slow":                                 {exited(1, "Error", `[`+started+`,{"key":"Reason","value":"TimeoutExceeded","type":3}]`), end{1, "TimeoutExceeded", "", 3}},
		"cancelled":                                {exited(9, "Error", `[{"key":"Reason","value":"Cancelled","type":3}]`), end{9, "Cancelled", "", 1}},
		"failed":                                   {exited(5, "Error", `[`+started+`]`), end{5, "Error", "", 3}},
		"failed without a message":                 {exited(5, "Error"), end{5, "", "", 1}},
		"signatures and others that nobody knows":  {exited(0, "Completed", `[{"key":"RESULT_MANIFEST","value":"r","type":3},{"key":"r.sig","value":"x","type":3},{"key":"z","value":"1","type":10}]`), end{0, "Completed", "", 1}},
		"cut": {exited(0, "Completed", `[{"key":"r","value":"1","ty`), end{0, "Completed", "", 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pod := foreign(corev1.PodRunning).container("step-a", tc.state).pod
			s := StepStates(pod, ReadReports(pod, nil), nil)[0]
			got := end{s.Terminated.ExitCode, s.TerminationReason, s.Terminated.Message, int(s.Terminated.StartedAt.Sub(epoch).Seconds())}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestForeignStubs has what the other engine shows of steps before their pod reports, for unnamed ones again in each pass.
func TestForeignStubs(t *testing.T) {
	t.Parallel()
	source := &v1.Provenance{RefSource: &v1.RefSource{URI: "git"}}
	prior := []v1.StepState{{Name: "a", Provenance: source}, {}, {Name: "unnamed-1"}, {}}
	pod := foreign(corev1.PodRunning).container("step-a", running()).container("step-unnamed-1", running()).pod
	got := StepStates(pod, nil, prior)
	want := []v1.StepState{
		{Name: "a", Container: "step-a", ImageID: "id", Provenance: source, ContainerState: running()},
		{Name: "unnamed-1", Container: "step-unnamed-1", ImageID: "id", Provenance: &v1.Provenance{}, ContainerState: running()},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestSidecarsStoppedByAnotherEngine has sidecars in an image that is not the one that this engine stops them with.
func TestSidecarsStoppedByAnotherEngine(t *testing.T) {
	t.Parallel()
	stopped := foreign(corev1.PodSucceeded).container("step-a", exited(0, "Completed")).container("sidecar-s", exited(0, "Completed")).restarts(1)
	ended := foreign(corev1.PodSucceeded).container("step-a", exited(0, "Completed")).container("sidecar-s", exited(4, "Error"))
	native := foreign(corev1.PodSucceeded).init("sidecar-s", true, exited(143, "Error")).container("step-a", exited(0, "Completed"))
	native.pod.Status.InitContainerStatuses[3].RestartCount = 1
	for name, tc := range map[string]struct {
		pod             builder
		reason, message string
	}{
		"stopped":         {stopped, "Completed", nopMessage},
		"ended by itself": {ended, "Error", ""},
		"native":          {native, "Error", ""},
	} {
		got := SidecarStates(tc.pod.pod, "nop")[0].Terminated
		if diff := cmp.Diff([]string{tc.reason, tc.message}, []string{got.Reason, got.Message}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

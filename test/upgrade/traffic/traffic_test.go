package traffic

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
)

func TestLongest(t *testing.T) {
	t.Parallel()
	epoch := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		seconds []int
		want    int
	}{
		"none":           {nil, 10},
		"in the middle":  {[]int{1, 2, 6, 9}, 4},
		"at the start":   {[]int{5, 6, 7, 8}, 5},
		"at the end":     {[]int{1, 2, 3, 4}, 6},
		"in any order":   {[]int{9, 2, 6, 1}, 4},
		"outside of it":  {[]int{-5, 2, 4, 6, 8, 30}, 2},
		"at the borders": {[]int{0, 10}, 10},
	} {
		var moments []time.Time
		for _, s := range tc.seconds {
			moments = append(moments, epoch.Add(time.Duration(s)*time.Second))
		}
		if got := longest(moments, epoch, epoch.Add(10*time.Second)); got != time.Duration(tc.want)*time.Second {
			t.Errorf("%s: %v, want %d s", name, got, tc.want)
		}
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	tr := &Traffic{
		accepted: map[string]time.Time{"a": {}, "b": {}, "c": {}}, refused: []error{errors.New("no")}, pods: map[string]sets.Set[types.UID]{},
	}
	for _, pod := range [][2]string{{"a", "1"}, {"b", "2"}, {"b", "3"}, {"a", "1"}} {
		tr.sawPod(&corev1.Pod{ObjectMeta: metav1.ObjectMeta{UID: types.UID(pod[1]), Labels: map[string]string{"tekton.dev/taskRun": pod[0]}}})
	}
	got := tr.report(sets.New("a", "b"))
	want := Report{Accepted: 3, Refused: tr.refused, Lost: []string{"c"}, Twice: []string{"b"}}
	if diff := cmp.Diff(want.Err().Error(), got.Err().Error()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got.Accepted != 3 || len(got.Refused) != 1 {
		t.Errorf("%d accepted, %d refused, want 3 and 1", got.Accepted, len(got.Refused))
	}
	if err := tr.report(sets.New("a", "b", "c")); err.Lost != nil {
		t.Errorf("lost %v", err.Lost)
	}
	if err := (Report{Accepted: 3, Refused: tr.refused}).Err(); err != nil {
		t.Errorf("a refusal is an error: %v", err)
	}
}

package recorder

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/record"
)

// answers is a sink that answers each request with the next of its errors, and the last one for ever.
type answers struct {
	record.EventSink
	errs  []error
	names []string
}

func (a *answers) Create(event *corev1.Event) (*corev1.Event, error) {
	a.names = append(a.names, event.Name)
	err := a.errs[min(len(a.names), len(a.errs))-1]
	return event, err
}

func TestSinkInsists(t *testing.T) {
	t.Parallel()
	down := apierrors.NewServiceUnavailable("down")
	wrong := apierrors.NewBadRequest("no")
	exists := apierrors.NewAlreadyExists(schema.GroupResource{Resource: "events"}, "e")
	lost := errors.New("something odd")
	tests := map[string]struct {
		errs     []error
		attempts int
		want     error
		answered bool
	}{
		"sent":                        {errs: []error{nil}, attempts: 1},
		"sent at the third attempt":   {errs: []error{down, down, nil}, attempts: 3},
		"refused":                     {errs: []error{wrong}, attempts: 1, want: wrong, answered: true},
		"there already":               {errs: []error{exists}, attempts: 1},
		"there at the second":         {errs: []error{down, exists}, attempts: 2},
		"down for long":               {errs: []error{down}, attempts: 4, want: down},
		"something client-go repeats": {errs: []error{lost}, attempts: 1, want: lost},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &answers{errs: tc.errs}
			s := sink{EventSink: a, ctx: t.Context(), pauses: make([]time.Duration, 3)}
			_, err := s.Create(&corev1.Event{Reason: "Running"})
			if !errors.Is(err, tc.want) {
				t.Errorf("error %v, want %v", err, tc.want)
			}
			// client-go drops what the server has answered, and only that.
			if _, answered := err.(*apierrors.StatusError); answered != tc.answered { //nolint:errorlint // as client-go does
				t.Errorf("error is a %T", err)
			}
			if len(a.names) != tc.attempts {
				t.Errorf("%d attempts, want %d", len(a.names), tc.attempts)
			}
		})
	}
}

func TestMilestonesHaveNamesOfTheirOwn(t *testing.T) {
	t.Parallel()
	event := func(uid, reason, message, given string) *corev1.Event {
		e := &corev1.Event{InvolvedObject: corev1.ObjectReference{Name: "run", UID: "u"}, Type: "Normal", Reason: reason, Message: message}
		e.Name = given
		if uid != "" {
			e.InvolvedObject.UID = "v"
		}
		return e
	}
	name := func(e *corev1.Event) string {
		a := &answers{errs: []error{nil}}
		if _, err := (sink{EventSink: a, ctx: t.Context()}).Create(e); err != nil {
			t.Fatal(err)
		}
		return a.names[0]
	}
	first := name(event("", "Succeeded", "m", "run.1"))
	if diff := cmp.Diff(first, name(event("", "Succeeded", "m", "run.2"))); diff != "" {
		t.Errorf("names of the same event (-first +second):\n%s", diff)
	}
	for what, other := range map[string]*corev1.Event{
		"another run": event("v", "Succeeded", "m", ""), "another reason": event("", "Failed", "m", ""), "another message": event("", "Succeeded", "n", ""),
	} {
		if name(other) == first {
			t.Errorf("%s: the name is the same", what)
		}
	}
	if got := name(event("", "Running", "m", "run.1")); got != "run.1" {
		t.Errorf("the name of another event became %q", got)
	}
}

package recorder

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/record"

	"github.com/tenon-ci/tenon/pkg/apierror"
)

// pauses are the times between the first attempts to send an event. What fails after them waits longer, and holds up its lane.
var pauses = []time.Duration{50 * time.Millisecond, 200 * time.Millisecond, 800 * time.Millisecond}

// sink sends events. client-go drops an event that the server answers with an error; here only an answer that will not change counts.
type sink struct {
	record.EventSink
	ctx    context.Context //nolint:containedctx // the interface has no place for it
	pauses []time.Duration
}

// Create implements record.EventSink. The events about the start and the end of a run have a name that follows from what they say. Who
// does not know whether one was recorded can record it again: there is never more than one.
func (s sink) Create(event *corev1.Event) (*corev1.Event, error) {
	if isMilestone(event.Reason) {
		named := *event
		named.Name = nameOf(event)
		event = &named
	}
	stored, err := s.insist(func() (*corev1.Event, error) { return s.EventSink.Create(event) })
	if apierrors.IsAlreadyExists(err) {
		return event, nil
	}
	return stored, err
}

// Patch implements record.EventSink.
func (s sink) Patch(event *corev1.Event, data []byte) (*corev1.Event, error) {
	return s.insist(func() (*corev1.Event, error) { return s.EventSink.Patch(event, data) })
}

// insist repeats a request until the answer is one that will not change, or there is reason to wait longer. The error of the latter is
// not the server's answer any more, so that client-go sends the event again later.
func (s sink) insist(request func() (*corev1.Event, error)) (*corev1.Event, error) {
	for attempt := 0; ; attempt++ {
		event, err := request()
		if !apierror.Passes(err) {
			return event, err
		}
		if attempt == len(s.pauses) {
			return event, fmt.Errorf("sending an event: %w", err)
		}
		select {
		case <-s.ctx.Done():
			return event, fmt.Errorf("sending an event: %w", context.Cause(s.ctx))
		case <-time.After(s.pauses[attempt]):
		}
	}
}

// nameOf derives a name from what the event says.
func nameOf(event *corev1.Event) string {
	said := strings.Join([]string{string(event.InvolvedObject.UID), event.Type, event.Reason, event.Message}, "\x00")
	sum := sha256.Sum256([]byte(said))
	return fmt.Sprintf("%s.%x", event.InvolvedObject.Name, sum[:8])
}

package cloudevent

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/google/uuid"
	"k8s.io/apimachinery/pkg/types"
	"knative.dev/pkg/apis"

	v1 "github.com/tenon-ci/tenon/pkg/apis/pipeline/v1"
	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1beta1"
)

// SequenceExtension is the attribute that orders the events about one run, see [Event.Sequence].
const SequenceExtension = "sequence"

// space is the UUID that ids are made in, itself made from an address that is never asked for anything.
var space = uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://tenon.dev/cloudevents"))

// OnceID returns the id of an event of a type that is sent once for each run: a UUID of version 5.
func OnceID(run types.UID, eventType string) string { return idOf(string(run), eventType) }

// changeID returns the id of an event of a type that is sent for each change of the condition.
func changeID(run types.UID, eventType string, c *apis.Condition) string {
	at := ""
	if !c.LastTransitionTime.Inner.IsZero() {
		at = c.LastTransitionTime.Inner.UTC().Format(time.RFC3339)
	}
	return idOf(string(run), eventType, c.Reason, c.Message, at)
}

func idOf(parts ...string) string {
	return uuid.NewSHA1(space, []byte(strings.Join(parts, "\x00"))).String()
}

// Event is an event that is to be sent about a run.
type Event struct {
	// ID is the same for the same event, whoever sends it and how often.
	ID   string
	Type string
	// Sequence grows, compared as text, from one event about a run to the next. Empty if the API server numbers its objects in a way
	// that cannot be compared.
	Sequence string
	// Final tells that no other event about the run follows.
	Final bool
	// State is the state of the run that the event was made from.
	State State
	// Since is when what the event tells has happened.
	Since time.Time
}

// Own returns the event about a state.
func (s State) Own() Event {
	return Event{ID: s.ID, Type: s.Type, Sequence: sequence(s.Version, ""), Final: s.Ended, State: s, Since: s.Since}
}

// Start returns the event that tells of the start of a run which was first seen in a later state. It comes before the event about that.
func (s State) Start() Event {
	e := Event{ID: s.StartedID, Type: eventType(s.Kind, started), State: s, Since: s.StartedAt}
	if s.Version > 0 {
		// More than any version before, and less than this one.
		e.Sequence = sequence(s.Version-1, ".1")
	}
	return e
}

// sequence writes a version so that texts compare as versions do: with as many digits as the largest one has.
func sequence(version uint64, suffix string) string {
	if version == 0 && suffix == "" {
		return ""
	}
	return fmt.Sprintf("%020d%s", version, suffix)
}

// Build returns the CloudEvent to be sent at a time.
func (e Event) Build(now time.Time) (event.Event, error) {
	out := event.New(event.CloudEventsVersionV1)
	out.SetID(e.ID)
	out.SetType(e.Type)
	out.SetSource(source(e.State.Kind, e.State.Object))
	out.SetSubject(e.State.Key.Name)
	out.SetTime(now)
	if e.Sequence != "" {
		out.SetExtension(SequenceExtension, e.Sequence)
	}
	body, err := data(e.State.Object)
	if err != nil {
		return out, err
	}
	if err := out.SetData(event.ApplicationJSON, body); err != nil {
		return out, fmt.Errorf("writing the run as JSON: %w", err)
	}
	if err := out.Validate(); err != nil {
		return out, fmt.Errorf("checking the event: %w", err)
	}
	return out, nil
}

// source returns where an event is from: the address of the run, with group, version and kind always filled in (contract 4 §11).
func source(kind Kind, run Object) string {
	if link := run.GetSelfLink(); link != "" {
		return link
	}
	version := v1.SchemeGroupVersion
	if kind == CustomRun {
		version = v1beta1.SchemeGroupVersion
	}
	return "/apis/" + version.String() + "/namespaces/" + run.GetNamespace() + "/" + string(kind) + "/" + run.GetName()
}

// The bodies of events (contract 4 §5.1).
type (
	taskRunData struct {
		TaskRun *v1beta1.TaskRun `json:"taskRun"`
	}
	pipelineRunData struct {
		PipelineRun *v1beta1.PipelineRun `json:"pipelineRun"`
	}
	customRunData struct {
		CustomRun *v1beta1.CustomRun `json:"customRun"`
	}
)

// data returns the body of an event: the run in its v1beta1 form.
func data(run Object) (any, error) {
	switch r := run.(type) {
	case *v1.TaskRun:
		beta := &v1beta1.TaskRun{}
		if err := beta.ConvertFrom(context.Background(), r); err != nil {
			return nil, fmt.Errorf("converting the TaskRun to v1beta1: %w", err)
		}
		beta.SetGroupVersionKind(v1beta1.SchemeGroupVersion.WithKind(string(TaskRun)))
		return taskRunData{beta}, nil
	case *v1.PipelineRun:
		beta := &v1beta1.PipelineRun{}
		if err := beta.ConvertFrom(context.Background(), r); err != nil {
			return nil, fmt.Errorf("converting the PipelineRun to v1beta1: %w", err)
		}
		beta.SetGroupVersionKind(v1beta1.SchemeGroupVersion.WithKind(string(PipelineRun)))
		return pipelineRunData{beta}, nil
	case *v1beta1.CustomRun:
		// The run itself is nobody's to change; what is changed here is not shared.
		beta := *r
		beta.SetGroupVersionKind(v1beta1.SchemeGroupVersion.WithKind(string(CustomRun)))
		return customRunData{&beta}, nil
	default:
		return nil, fmt.Errorf("there are no events about objects of the type %T", run)
	}
}

// String names the event in logs.
func (e Event) String() string {
	return e.Type + " of " + e.State.Key.String() + " at " + strconv.FormatUint(e.State.Version, 10)
}

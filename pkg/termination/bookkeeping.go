package termination

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Reason is what the runner says about a step's end beyond the container's exit code; it becomes
// status.steps[].terminationReason (contract 2 §3.3). Completed and Error are not sent: they follow from the exit code.
type Reason string

// Reasons that the runner sends.
const (
	Continued       Reason = "Continued"
	Skipped         Reason = "Skipped"
	TimeoutExceeded Reason = "TimeoutExceeded"
	Cancelled       Reason = "Cancelled"
	// NotPrepared says that the step began before the pod was prepared. The pod is made again, so it gets into no status.
	NotPrepared Reason = "NotPrepared"
)

// Keys of internal entries.
const (
	keyStartedAt = "StartedAt"
	keyExitCode  = "ExitCode"
	keyReason    = "Reason"
	keyOverflow  = "Overflow"
)

// startedAtFormat has millisecond precision and always the same length.
const startedAtFormat = "2006-01-02T15:04:05.000Z07:00"

// Bookkeeping is what a message says about the step itself. Zero members are not sent.
type Bookkeeping struct {
	// StartedAt is when the step's own process was about to start, with millisecond precision.
	StartedAt time.Time
	// ExitCode is the process's exit code when the container's differs, because the error is ignored. -1 stands for a
	// signal.
	ExitCode *int
	Reason   Reason
	// Overflow says that results are missing because they did not fit.
	Overflow *Overflow
}

// Entries returns b as internal entries.
func (b Bookkeeping) Entries() []Entry {
	var out []Entry
	add := func(key, value string) { out = append(out, Entry{Key: key, Value: value, Type: Internal}) }
	if !b.StartedAt.IsZero() {
		add(keyStartedAt, b.StartedAt.UTC().Format(startedAtFormat))
	}
	if b.ExitCode != nil {
		add(keyExitCode, strconv.Itoa(*b.ExitCode))
	}
	if b.Reason != "" {
		add(keyReason, string(b.Reason))
	}
	if b.Overflow != nil {
		add(keyOverflow, b.Overflow.encode())
	}
	return out
}

// Split separates a message's bookkeeping from its results and artifacts. Internal entries with unknown keys are
// ignored, as are entries of unknown type.
func Split(entries []Entry) ([]Entry, Bookkeeping, error) {
	var rest []Entry
	var b Bookkeeping
	for _, e := range entries {
		switch e.Type {
		case Internal:
			if err := b.read(e); err != nil {
				return nil, Bookkeeping{}, fmt.Errorf("%w: internal entry %s: %w", ErrUnreadable, e.Key, err)
			}
		case TaskResult, StepResult, StepArtifacts, TaskArtifacts:
			rest = append(rest, e)
		}
	}
	return rest, b, nil
}

func (b *Bookkeeping) read(e Entry) error {
	switch e.Key {
	case keyStartedAt:
		t, err := time.Parse(time.RFC3339, e.Value)
		if err != nil {
			return err
		}
		b.StartedAt = t
	case keyExitCode:
		code, err := strconv.Atoi(e.Value)
		if err != nil {
			return err
		}
		b.ExitCode = &code
	case keyReason:
		b.Reason = Reason(e.Value)
	case keyOverflow:
		o, err := decodeOverflow(e.Value)
		if err != nil {
			return err
		}
		b.Overflow = o
	}
	return nil
}

// Overflow says which entry made a message too large. It is an error whose text can stand in a condition: it holds
// names and sizes only.
type Overflow struct {
	// Type and Name tell the largest entry of the message.
	Type Type
	Name string
	// Bytes is the size of that entry's value.
	Bytes int
	// Message is the size of the encoded message, Limit what was allowed.
	Message, Limit int
}

// Excess is by how many bytes the message is too large.
func (o *Overflow) Excess() int { return o.Message - o.Limit }

// Error names the entry and the sizes.
func (o *Overflow) Error() string {
	what := o.Type.String()
	if o.Name != "" && (o.Type == TaskResult || o.Type == StepResult) {
		what += fmt.Sprintf(" %q", o.Name)
	}
	return fmt.Sprintf("%s of %d bytes makes the termination message %d bytes, limit %d", what, o.Bytes, o.Message, o.Limit)
}

// overflow blames the largest entry that is not internal.
func overflow(entries []Entry, size, limit int) *Overflow {
	o := &Overflow{Type: Internal, Message: size, Limit: limit}
	for _, e := range entries {
		if e.Type != Internal && (o.Type == Internal || len(e.Value) > o.Bytes) {
			o.Type, o.Name, o.Bytes = e.Type, e.Key, len(e.Value)
		}
	}
	return o
}

// maxOverflowName keeps the entry small enough for the smallest limits; names are longer only in far-fetched cases.
const maxOverflowName = 63

// encode is terse, because the place is scarce by nature: type, sizes, name.
func (o *Overflow) encode() string {
	name := o.Name
	if len(name) > maxOverflowName {
		name = strings.ToValidUTF8(name[:maxOverflowName], "")
	}
	return fmt.Sprintf("%d %d %d %d %s", int(o.Type), o.Bytes, o.Message, o.Limit, name)
}

func decodeOverflow(text string) (*Overflow, error) {
	fields := strings.SplitN(text, " ", 5)
	if len(fields) != 5 {
		return nil, fmt.Errorf("%q has %d fields, want 5", text, len(fields))
	}
	var n [4]int
	for i := range n {
		v, err := strconv.Atoi(fields[i])
		if err != nil {
			return nil, err
		}
		n[i] = v
	}
	return &Overflow{Type: Type(n[0]), Bytes: n[1], Message: n[2], Limit: n[3], Name: fields[4]}, nil
}

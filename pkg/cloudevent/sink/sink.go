// Package sink delivers CloudEvents to the address that the operator has set.
package sink

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2/client"
	cecontext "github.com/cloudevents/sdk-go/v2/context"
	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/protocol"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"

	"github.com/tenon-ci/tenon/pkg/reach"
)

// Parse returns the address of a sink. Its errors do not repeat the address, which may have a password or a token in it.
func Parse(text string) (*url.URL, error) {
	target, err := url.Parse(strings.TrimSpace(text))
	switch {
	case err != nil:
		return nil, errors.New("the sink is no valid URL; write it like http://host:port/path")
	case target.Scheme != "http" && target.Scheme != "https":
		return nil, errors.New("the sink is no URL that starts with http:// or https://; write it like http://host:port/path")
	case target.Hostname() == "":
		return nil, errors.New("the sink is a URL without a host; write it like http://host:port/path")
	}
	return target, nil
}

// Retries of the contract (4 §5.1): how many there are, and the wait before the first, which doubles with each.
const (
	contractRetries = 10
	firstWait       = 20 * time.Millisecond
)

// LongestWait limits the waits between the attempts to deliver an event.
const LongestWait = 30 * time.Second

// Again returns how long to wait before the next attempt to deliver an event; false if there shall be none. The event was queued some
// time ago, and tries attempts have failed. With retryFor 0 there are the ten retries of the contract; otherwise it is how long
// an event may be old.
func Again(tries int, age, retryFor time.Duration) (time.Duration, bool) {
	wait := LongestWait
	if doublings := tries - 1; doublings < contractRetries+1 {
		wait = min(firstWait<<max(doublings, 0), LongestWait)
	}
	if retryFor == 0 {
		return wait, tries <= contractRetries
	}
	return wait, age+wait <= retryFor
}

// Error says why an event was not delivered. It has neither the address nor words of the sink in it.
type Error struct {
	// Host is that of the sink.
	Host string
	// Status is the HTTP status of the answer; 0 if there was none.
	Status int
	// Passes tells that another attempt can help.
	Passes bool

	cause error
}

// Error implements error.
func (e *Error) Error() string {
	switch {
	case e.Status != 0 && http.StatusText(e.Status) != "":
		return fmt.Sprintf("%s answered with status %d (%s)", e.Host, e.Status, http.StatusText(e.Status))
	case e.Status != 0:
		return fmt.Sprintf("%s answered with status %d", e.Host, e.Status)
	case errors.Is(e.cause, context.DeadlineExceeded):
		return e.Host + " did not answer in time"
	default:
		return fmt.Sprintf("%s could not be reached: %v", e.Host, e.cause)
	}
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.cause }

// passing are the statuses after which another attempt can help (contract 4 §5.1).
var passing = map[int]bool{
	http.StatusNotFound: true, http.StatusRequestEntityTooLarge: true, http.StatusTooEarly: true, http.StatusTooManyRequests: true,
	http.StatusBadGateway: true, http.StatusServiceUnavailable: true, http.StatusGatewayTimeout: true,
}

// answerLimit is how much of an answer is read, in bytes. Nothing in it is used.
const answerLimit = 64 << 10

// Sender sends events. Make one with New.
type Sender struct{ client cloudevents.Client }

// New returns a sender, which opens a connection of its own for each event (contract 4 §5.1).
func New() (*Sender, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableKeepAlives = true
	transport.DialContext = newDialer().DialContext
	// A redirect that keeps method and body is followed; after others the event would not be in the request any more.
	redirect := func(next *http.Request, via []*http.Request) error {
		if next.Method != http.MethodPost || len(via) > 9 {
			return http.ErrUseLastResponse
		}
		return nil
	}
	p, err := cehttp.New(cehttp.WithClient(http.Client{
		Transport:     reach.Bound{Next: transport, Limit: answerLimit, TooLarge: errors.New("the answer is too large")},
		CheckRedirect: redirect,
	}))
	if err != nil {
		return nil, fmt.Errorf("setting up HTTP: %w", err)
	}
	client, err := cloudevents.New(p)
	if err != nil {
		return nil, fmt.Errorf("setting up the client: %w", err)
	}
	return &Sender{client}, nil
}

// Send makes one attempt to deliver an event, in binary mode, which may take as long as timeout. An error is a [*Error].
func (s *Sender) Send(ctx context.Context, to *url.URL, e event.Event, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	result := s.client.Send(cecontext.WithTarget(ctx, to.String()), e)
	if protocol.IsACK(result) {
		return nil
	}
	var answer *cehttp.Result
	if errors.As(result, &answer) {
		return &Error{Host: to.Host, Status: answer.StatusCode, Passes: passing[answer.StatusCode]}
	}
	return &Error{Host: to.Host, Passes: true, cause: withoutAddress(result)}
}

// withoutAddress takes the address out of an error of a request.
func withoutAddress(err error) error {
	var asked *url.Error
	if errors.As(err, &asked) {
		return asked.Err
	}
	return err
}

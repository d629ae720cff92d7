package trust

import (
	"errors"
	"fmt"

	"github.com/tenon-ci/tenon/pkg/apis/pipeline/v1alpha1"
	"github.com/tenon-ci/tenon/pkg/decision"
	"github.com/tenon-ci/tenon/pkg/failure"
)

// errPending means that a key is being looked up: it is not known yet whether that fails.
var errPending = errors.New("the key is being looked up")

// applying is a policy that applies, with its keys or with why there are none.
type applying struct {
	name string
	warn bool
	keys []*key
	err  error
}

// isWarning tells whether a policy only warns.
func isWarning(policy *v1alpha1.VerificationPolicy) bool {
	return policy.Spec.Mode == v1alpha1.ModeWarn
}

// evaluate says what policies make of a resource (contract 4 §4.2, 4.3): all that enforce have to be passed, then those that warn are
// tried. subject begins the messages. signedBy tells whether a key signed the resource; unsigned, if not nil, says why none can have.
//
// An error that is a failure of class Transient means that asking again can help; any other refuses the resource, and goes before it.
func evaluate(subject string, policies []applying, signedBy func(*key) bool, unsigned error) (*decision.Verification, error) {
	var later error
	for _, p := range policies {
		if p.warn {
			continue
		}
		err := p.check(subject, signedBy, unsigned)
		switch {
		case err == nil:
		case isPassing(err):
			later = err
		default:
			return nil, err
		}
	}
	if later != nil {
		return nil, later
	}
	message := ""
	for _, p := range policies {
		if !p.warn {
			continue
		}
		err := p.check(subject, signedBy, unsigned)
		switch {
		case err == nil:
		case errors.Is(err, errPending):
			later = err
		case message == "":
			message = err.Error()
		}
	}
	if later != nil {
		return nil, later
	}
	return &decision.Verification{Passed: message == "", Message: message}, nil
}

// isPassing tells whether asking again can help.
func isPassing(err error) bool {
	f, ok := failure.As(err)
	return ok && !f.Final()
}

// check tells why a resource does not pass a policy. A key that cannot be had fails it even if another one fits: the policy does not
// say what its author believes.
func (p applying) check(subject string, signedBy func(*key) bool, unsigned error) error {
	if p.err != nil {
		return p.err
	}
	if unsigned != nil {
		return fmt.Errorf("%s: VerificationPolicy %s applies to it, but %w", subject, p.name, unsigned)
	}
	for _, k := range p.keys {
		if signedBy(k) {
			return nil
		}
	}
	return fmt.Errorf("%s: VerificationPolicy %s applies to it, but its signature is by none of the policy's keys, or it was changed after it was signed",
		subject, p.name)
}

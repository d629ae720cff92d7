// Package kms gets public keys from key management services: those of Amazon, Azure and Google, and HashiCorp Vault (contract 4 §4.1).
// It is an edge: it talks to these services with the identity of the process, and to nothing else. The entry point is Services.
package kms

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"net"
	"regexp"

	sigkms "github.com/sigstore/sigstore/pkg/signature/kms"
	"github.com/sigstore/sigstore/pkg/signature/options"

	"github.com/tenon-ci/tenon/pkg/failure"
)

// form is what addresses of a service look like, and the example for those that do not.
type form struct {
	expression *regexp.Regexp
	example    string
}

// forms are those of the services that may be asked. Policies are written by users, and some addresses have the host in them: only
// hosts of the service itself get requests that the controller signs. A scheme that is not here would make the library start a
// program of that name.
var forms = map[string]form{
	"awskms": {
		regexp.MustCompile(`^awskms://(?:(?:[a-z0-9-]+\.)*kms(?:-fips)?\.[a-z0-9-]+\.(?:vpce\.)?(?:amazonaws\.com|amazonaws\.com\.cn|api\.aws))?/[A-Za-z0-9:/_-]+$`),
		"awskms:///arn:aws:kms:REGION:ACCOUNT:key/ID",
	},
	"azurekms": {
		regexp.MustCompile(`^azurekms://[A-Za-z0-9-]+\.(?:vault|managedhsm)\.(?:azure\.net|azure\.cn|usgovcloudapi\.net)/[A-Za-z0-9-]+(?:/[a-z0-9]*)?$`),
		"azurekms://VAULT.vault.azure.net/KEY",
	},
	"gcpkms": {
		regexp.MustCompile(`^gcpkms://projects/[^/\s]+/locations/[^/\s]+/keyRings/[^/\s]+/cryptoKeys/[^/\s]+(?:/(?:cryptoKeyVersions|versions)/[^/\s]+)?$`),
		"gcpkms://projects/PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY/cryptoKeyVersions/VERSION",
	},
	"hashivault": {
		regexp.MustCompile(`^hashivault://\w(?:[\w.-]*\w)?$`),
		"hashivault://KEY",
	},
}

var scheme = regexp.MustCompile(`^([a-z]+)://`)

// Services asks the service that an address names. Which account it is asked with, and where Vault is, is said by the environment of
// the process.
type Services struct{}

// Check tells what is wrong with an address, without asking anybody.
func (Services) Check(uri string) error {
	named := scheme.FindStringSubmatch(uri)
	if named == nil {
		return errors.New("its kms is no address of a key: it has to begin with gcpkms://, awskms://, azurekms:// or hashivault://")
	}
	f, ok := forms[named[1]]
	if !ok {
		return fmt.Errorf("its kms is at a service that is not known, %s: use gcpkms, awskms, azurekms or hashivault", named[1])
	}
	if !f.expression.MatchString(uri) {
		return fmt.Errorf("its kms is no address of a key that may be asked for at the %s service: write it like %s", named[1], f.example)
	}
	return nil
}

// PublicKey returns the key behind an address that Check has accepted. Not all services obey ctx. An error is a failure of class Transient
// if it can pass.
func (Services) PublicKey(ctx context.Context, uri string) (crypto.PublicKey, error) {
	service, err := sigkms.Get(ctx, uri, crypto.SHA256)
	if err != nil {
		return nil, classify(err)
	}
	key, err := service.PublicKey(options.WithContext(ctx))
	if err != nil {
		return nil, classify(err)
	}
	return key, nil
}

// temporary are the words of answers that ask to be asked again: of Google's library, of Azure's, of Vault's, and of Amazon, which says
// so with status 400. They have no type in common.
var temporary = regexp.MustCompile(`code = (?:Unavailable|DeadlineExceeded|ResourceExhausted|Aborted)\b|\bRESPONSE (?:408|429|5\d\d):|\bCode: (?:408|429|5\d\d)\.|\bThrottling`)

// classify makes errors that can pass a failure of class Transient: those of the network, and answers of a service in trouble.
func classify(err error) error {
	var network net.Error
	var operation *net.OpError
	var answer interface{ HTTPStatusCode() int }
	passes := errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) ||
		errors.As(err, &network) || errors.As(err, &operation)
	if errors.As(err, &answer) {
		code := answer.HTTPStatusCode()
		passes = passes || code == 408 || code == 429 || code >= 500
	}
	if passes || temporary.MatchString(err.Error()) {
		return failure.Transientf("", "%w", err)
	}
	return err
}

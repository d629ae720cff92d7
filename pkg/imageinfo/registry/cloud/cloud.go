// Package cloud gives the credentials that the controller itself has for registries: its Docker configuration, including
// the credential helpers named there, and the cloud it runs in. It is a package of its own, because it brings the
// clouds' clients along.
package cloud

import (
	"io"

	ecr "github.com/awslabs/amazon-ecr-credential-helper/ecr-login"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/v1/google"
)

// Keychain returns the credentials to try when no pull secret fits (contract 2 §2.7): of the Docker configuration, of
// Google Cloud, Amazon and Azure for their registries. A cloud is only asked for images of its registries. Other
// registries need a pull secret or a credential helper in the Docker configuration.
func Keychain() authn.Keychain {
	return authn.NewMultiKeychain(
		authn.DefaultKeychain,
		google.Keychain,
		authn.NewKeychainFromHelper(ecr.NewECRHelper(ecr.WithLogger(io.Discard))),
		newAzure(),
	)
}

package tracing

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// credentialsAge is how old what is known of the Secret may be. It is read again while spans are sent, which costs one request and needs
// no right to watch Secrets.
const credentialsAge = 30 * time.Second

// credentials are user name and password of the collector, from a Secret.
type credentials struct {
	secret string
	read   func(ctx context.Context, name string) (*corev1.Secret, error)
	now    func() time.Time

	mu     sync.Mutex
	value  string
	readAt time.Time
}

// header returns the value of the header Authorization.
func (c *credentials) header(ctx context.Context) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.value != "" && c.now().Sub(c.readAt) < credentialsAge {
		return c.value, nil
	}
	if c.read == nil {
		return "", errors.New("nothing reads the Secret with the credentials of the collector")
	}
	secret, err := c.read(ctx, c.secret)
	if err != nil {
		return "", fmt.Errorf("reading the Secret %q that credentialsSecret in config-tracing names: %w", c.secret, err)
	}
	user, password := secret.Data[corev1.BasicAuthUsernameKey], secret.Data[corev1.BasicAuthPasswordKey]
	if len(user) == 0 || len(password) == 0 {
		return "", fmt.Errorf("the Secret %q that credentialsSecret in config-tracing names must have the keys %q and %q",
			c.secret, corev1.BasicAuthUsernameKey, corev1.BasicAuthPasswordKey)
	}
	c.value = "Basic " + base64.StdEncoding.EncodeToString([]byte(string(user)+":"+string(password)))
	c.readAt = c.now()
	return c.value, nil
}

// GetRequestMetadata implements credentials.PerRPCCredentials of gRPC.
func (c *credentials) GetRequestMetadata(ctx context.Context, _ ...string) (map[string]string, error) {
	header, err := c.header(ctx)
	if err != nil {
		return nil, err
	}
	return map[string]string{"authorization": header}, nil
}

// RequireTransportSecurity implements credentials.PerRPCCredentials of gRPC: the scheme of the endpoint decides.
func (*credentials) RequireTransportSecurity() bool { return false }

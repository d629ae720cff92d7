//go:build e2e

package definitions

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"time"

	"golang.org/x/crypto/ssh"
)

// keys are those of the Git server, in the forms of their files.
type keys struct {
	// authority is the certificate of the one that has signed the server's.
	authority, certificate, key string
	// hostKey is that of the SSH server; knownHosts has its public part.
	hostKey, knownHosts string
	// client may log in; authorized is its public part.
	client, authorized string
}

func makeKeys(host string) (keys, error) {
	var k keys
	if err := k.makeCertificates(host); err != nil {
		return k, fmt.Errorf("making certificates: %w", err)
	}
	hostKey, public, err := sshKey()
	if err != nil {
		return k, fmt.Errorf("making the host key: %w", err)
	}
	k.hostKey, k.knownHosts = hostKey, host+" "+public
	if k.client, k.authorized, err = sshKey(); err != nil {
		return k, fmt.Errorf("making the key of the client: %w", err)
	}
	return k, nil
}

// sshKey returns a private key, and its public part in the form of authorized_keys.
func sshKey() (private, public string, err error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return "", "", err
	}
	block, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		return "", "", err
	}
	signer, err := ssh.NewSignerFromSigner(key)
	if err != nil {
		return "", "", err
	}
	return string(pem.EncodeToMemory(block)), string(ssh.MarshalAuthorizedKey(signer.PublicKey())), nil
}

func (k *keys) makeCertificates(host string) error {
	now := time.Now()
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority of the tests"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	server := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "server of the tests"}, DNSNames: []string{host},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	authorityKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serverKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	signedAuthority, err := x509.CreateCertificate(rand.Reader, authority, authority, authorityKey.Public(), authorityKey)
	if err != nil {
		return err
	}
	signedServer, err := x509.CreateCertificate(rand.Reader, server, authority, serverKey.Public(), authorityKey)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(serverKey)
	if err != nil {
		return err
	}
	encode := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	k.authority, k.certificate, k.key = encode("CERTIFICATE", signedAuthority), encode("CERTIFICATE", signedServer), encode("PRIVATE KEY", private)
	return nil
}

package creds

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/tenon-ci/tenon/pkg/entrypoint/protocol"
)

// basicEmail stands where old clients want an address.
const basicEmail = "not@val.id"

// Members of a docker configuration that need care when they are merged.
const (
	memberAuths       = "auths"
	memberCredHelpers = "credHelpers"
	memberCredsStore  = "credsStore"
)

type members = map[string]json.RawMessage

// dockerConfig merges all registry credentials into one docker configuration, nil if there are none: old files first,
// then new ones, then logins; within one kind the later Secret wins, entry by entry. Whole entries are taken over, with
// tokens and everything. A helper named for a registry that also has an entry is dropped, since it would win over the
// entry; so is a store for all registries, which never is in a step's image and would hide all entries.
func dockerConfig(credentials []protocol.Credential, read Reader) ([]byte, []error, error) {
	config, auths, helpers := members{}, members{}, members{}
	var skipped []error
	for _, stage := range []struct {
		kind string
		use  func(protocol.Credential) error
	}{
		{protocol.CredentialDockerCfg, func(c protocol.Credential) error {
			entries, err := readObject(c, keyDockerCfg, read)
			maps.Copy(auths, entries)
			return err
		}},
		{protocol.CredentialDockerConfigJSON, func(c protocol.Credential) error {
			return mergeDocument(c, read, config, auths, helpers)
		}},
		{protocol.CredentialDockerBasic, func(c protocol.Credential) error {
			entry, err := basicEntry(c, read)
			if err == nil {
				auths[c.URL] = entry
			}
			return err
		}},
	} {
		bad, err := each(credentials, stage.kind, stage.use)
		if err != nil {
			return nil, nil, err
		}
		skipped = append(skipped, bad...)
	}
	delete(config, memberCredsStore)
	text, err := encodeDocker(config, auths, helpers)
	return text, skipped, err
}

func mergeDocument(c protocol.Credential, read Reader, config, auths, helpers members) error {
	document, err := readObject(c, keyDockerConfigJSON, read)
	if err != nil {
		return err
	}
	entries, err := object(c, keyDockerConfigJSON, document[memberAuths])
	if err != nil {
		return err
	}
	named, err := object(c, keyDockerConfigJSON, document[memberCredHelpers])
	if err != nil {
		return err
	}
	delete(document, memberAuths)
	delete(document, memberCredHelpers)
	maps.Copy(config, document)
	maps.Copy(auths, entries)
	maps.Copy(helpers, named)
	return nil
}

func encodeDocker(config, auths, helpers members) ([]byte, error) {
	for registry := range auths {
		delete(helpers, registry)
		delete(helpers, hostOf(registry))
	}
	if len(config)+len(auths)+len(helpers) == 0 {
		return nil, nil
	}
	for member, entries := range map[string]members{memberAuths: auths, memberCredHelpers: helpers} {
		if len(entries) == 0 && member != memberAuths {
			continue
		}
		text, err := json.Marshal(entries)
		if err != nil {
			return nil, fmt.Errorf("encoding docker configuration: %w", err)
		}
		config[member] = text
	}
	text, err := json.Marshal(config)
	if err != nil {
		return nil, fmt.Errorf("encoding docker configuration: %w", err)
	}
	return text, nil
}

// hostOf is the registry that helpers are named for, where entries may be URLs.
func hostOf(registry string) string {
	_, rest, found := strings.Cut(registry, "://")
	if !found {
		rest = registry
	}
	host, _, _ := strings.Cut(rest, "/")
	return host
}

func basicEntry(c protocol.Credential, read Reader) (json.RawMessage, error) {
	l, err := readLogin(c, read)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(map[string]string{
		"username": l.user,
		"password": l.password,
		"auth":     base64.StdEncoding.EncodeToString([]byte(l.user + ":" + l.password)),
		"email":    basicEmail,
	})
	if err != nil {
		return nil, fmt.Errorf("encoding login of secret %s: %w", c.Secret, err)
	}
	return text, nil
}

func readObject(c protocol.Credential, key string, read Reader) (members, error) {
	text, err := readKey(c, key, read)
	if err != nil {
		return nil, err
	}
	return object(c, key, text)
}

// object parses a JSON object, or nothing. Its error does not show what the parser says, which quotes the text.
func object(c protocol.Credential, key string, text []byte) (members, error) {
	var m members
	if len(text) == 0 {
		return members{}, nil
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, unusable("key %s of secret %s is not a docker configuration in JSON", key, c.Secret)
	}
	return m, nil
}

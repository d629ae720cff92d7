package registry

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
)

// scopeOf is the scope of what tags stand for: the caller's word for it and the identity of the pull secrets, so that
// nobody gets an answer that was paid for with rights of another.
func scopeOf(req Request) string {
	h := sha256.New()
	_, _ = io.WriteString(h, req.Scope)
	for _, s := range req.PullSecrets {
		_, _ = io.WriteString(h, "\x00"+s.Namespace+"/"+s.Name+"/"+string(s.UID)+"/"+s.ResourceVersion)
	}
	return hex.EncodeToString(h.Sum(nil))
}

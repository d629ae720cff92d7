package controller

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"strconv"
	"strings"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	coordinationv1client "k8s.io/client-go/kubernetes/typed/coordination/v1"
	"k8s.io/client-go/util/retry"

	"github.com/tenon-ci/tenon/pkg/cloudevent/plan"
)

// marksName is the Lease that keeps marks. It leases nothing: of all kinds of objects, this is the one that every replica may write
// anyhow. It has an annotation for each bucket.
const (
	marksName   = "tekton-events-controller-delivered"
	marksPrefix = "tenon.dev/delivered-"
)

// marks keeps up to where events were delivered, for the time after a restart.
type marks struct {
	leases coordinationv1client.LeaseInterface
}

// ordinal is how the name of a bucket ends (contract 4 §7.7).
var ordinal = regexp.MustCompile(`[0-9]+-of-[0-9]+$`)

// markKey returns the annotation for a bucket.
func markKey(bucket string) string {
	if bucket == "" {
		return marksPrefix + "all"
	}
	if o := ordinal.FindString(bucket); o != "" {
		return marksPrefix + o
	}
	sum := sha256.Sum256([]byte(bucket))
	return marksPrefix + hex.EncodeToString(sum[:8])
}

// markIn returns the mark of a bucket from the annotations. One that has none because the number of buckets was changed goes on
// where all others are; false if there is nothing at all.
func markIn(annotations map[string]string, bucket string) (plan.Mark, bool) {
	if m, ok := decode(annotations[markKey(bucket)]); ok {
		return m, true
	}
	var others []plan.Mark
	for key, text := range annotations {
		if m, ok := decode(text); ok && strings.HasPrefix(key, marksPrefix) {
			others = append(others, m)
		}
	}
	return plan.Common(others)
}

func decode(text string) (plan.Mark, bool) {
	var m plan.Mark
	if text == "" || json.Unmarshal([]byte(text), &m) != nil {
		return plan.Mark{}, false
	}
	return m, true
}

// withMarks returns annotations with marks of buckets. When all buckets of a number have theirs, those of other numbers go.
func withMarks(annotations map[string]string, written map[string]plan.Mark) (map[string]string, error) {
	out := maps.Clone(annotations)
	if out == nil {
		out = map[string]string{}
	}
	for bucket, m := range written {
		text, err := json.Marshal(m)
		if err != nil {
			return nil, fmt.Errorf("writing a mark as JSON: %w", err)
		}
		out[markKey(bucket)] = string(text)
	}
	for bucket := range written {
		if current := family(bucket); complete(out, current) {
			maps.DeleteFunc(out, func(key, _ string) bool { return strings.HasPrefix(key, marksPrefix) && !current[key] })
		}
	}
	return out, nil
}

// family returns the annotations of all buckets that there are beside a bucket, and its own; nil if that is not known.
func family(bucket string) map[string]bool {
	if bucket == "" {
		return map[string]bool{markKey(bucket): true}
	}
	o := ordinal.FindString(bucket)
	_, count, _ := strings.Cut(o, "-of-")
	n, err := strconv.Atoi(count)
	if err != nil {
		return nil
	}
	keys := map[string]bool{}
	for i := range n {
		keys[fmt.Sprintf("%s%02d-of-%02d", marksPrefix, i, n)] = true
	}
	return keys
}

func complete(annotations map[string]string, keys map[string]bool) bool {
	for key := range keys {
		if _, ok := annotations[key]; !ok {
			return false
		}
	}
	return len(keys) > 0
}

func (m marks) load(ctx context.Context, bucket string) (plan.Mark, bool, error) {
	lease, err := m.leases.Get(ctx, marksName, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return plan.Mark{}, false, nil
	}
	if err != nil {
		return plan.Mark{}, false, fmt.Errorf("reading the Lease %s: %w", marksName, err)
	}
	mark, ok := markIn(lease.Annotations, bucket)
	return mark, ok, nil
}

func (m marks) save(ctx context.Context, written map[string]plan.Mark) error {
	return m.change(ctx, func(old map[string]string) (map[string]string, error) { return withMarks(old, written) })
}

// forget removes all marks.
func (m marks) forget(ctx context.Context) error {
	return m.change(ctx, func(old map[string]string) (map[string]string, error) {
		kept := maps.Clone(old)
		maps.DeleteFunc(kept, func(key, _ string) bool { return strings.HasPrefix(key, marksPrefix) })
		return kept, nil
	})
}

func (m marks) change(ctx context.Context, change func(map[string]string) (map[string]string, error)) error {
	err := retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		lease, err := m.leases.Get(ctx, marksName, metav1.GetOptions{})
		missing := apierrors.IsNotFound(err)
		if missing {
			lease, err = &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Name: marksName}}, nil
		}
		if err != nil {
			return err
		}
		changed, err := change(lease.Annotations)
		if err != nil || maps.Equal(changed, lease.Annotations) {
			return err
		}
		lease.Annotations = changed
		if missing {
			_, err = m.leases.Create(ctx, lease, metav1.CreateOptions{})
			return err
		}
		_, err = m.leases.Update(ctx, lease, metav1.UpdateOptions{})
		return err
	})
	if err != nil {
		return fmt.Errorf("writing the Lease %s: %w", marksName, err)
	}
	return nil
}

// markInterval is the time between writing marks.
const markInterval = 30 * time.Second

// keepMarks writes marks from time to time.
func (c *Controller) keepMarks(ctx context.Context) {
	ticker := c.clock.NewTicker(markInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.deliveries.Done():
			return
		case <-ticker.C():
			c.saveMarks(c.deliveries, false)
		}
	}
}

// saveMarks writes up to where events are delivered, if that has changed.
func (c *Controller) saveMarks(ctx context.Context, last bool) {
	written := c.nextMarks(last)
	if len(written) == 0 {
		return
	}
	if err := c.marks.save(ctx, written); err != nil {
		c.logger.Warnw("up to where CloudEvents are delivered is not written down; it will be tried again", "error", err)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, m := range written {
		if b := c.buckets[name]; b != nil && b.ready {
			b.saved = m
		}
	}
}

// nextMarks returns the marks that are to be written. While a watch begins anew, objects come in any order, so that a version counts as
// seen only at the second time, unless it is the last one.
func (c *Controller) nextMarks(last bool) map[string]plan.Mark {
	c.mu.Lock()
	defer c.mu.Unlock()
	seen := c.settled
	if last {
		seen = c.seen
	}
	c.settled = maps.Clone(c.seen)
	written, now := map[string]plan.Mark{}, c.clock.Now()
	for name, b := range c.buckets {
		if !b.ready {
			continue
		}
		m := b.saved.Advance(now, seen, c.queue.Pending(b.Has))
		if !maps.Equal(m.Versions, b.saved.Versions) {
			b.changed = now
		}
		// When nothing changes any more, the last change has to get older than the margin once.
		if last || now.Sub(b.changed) <= plan.Margin+markInterval {
			written[name] = m
		}
		b.told = nil // Every run that they are about was looked at.
	}
	return written
}

// forgetMarks makes the next time that events are turned on the first one.
func (c *Controller) forgetMarks(ctx context.Context) {
	c.insist(ctx, "forgetting up to where CloudEvents are delivered", func() error {
		c.mu.Lock()
		on := c.sink != nil
		c.mu.Unlock()
		if on {
			return nil
		}
		return c.marks.forget(ctx)
	})
}

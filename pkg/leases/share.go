package leases

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"sync"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	coordinationv1client "k8s.io/client-go/kubernetes/typed/coordination/v1"
	"k8s.io/utils/clock"
	"k8s.io/utils/ptr"
)

// errLeftToOthers is why a lease is not taken. Leader election tries again after its retry period.
var errLeftToOthers = errors.New("the lease is left to replicas that hold fewer")

// sharing is a client with which a replica takes no more than its share of the leases of a queue while there are others to
// take them. The first replica to start would take them all otherwise, and keep them.
type sharing struct {
	kubernetes.Interface
	shares *shares
	news   *news
}

// CoordinationV1 implements kubernetes.Interface.
func (s sharing) CoordinationV1() coordinationv1client.CoordinationV1Interface {
	return sharingCoordination{s.Interface.CoordinationV1(), s.shares, s.news}
}

type sharingCoordination struct {
	coordinationv1client.CoordinationV1Interface
	shares *shares
	news   *news
}

// Leases implements coordinationv1client.LeasesGetter.
func (c sharingCoordination) Leases(namespace string) coordinationv1client.LeaseInterface {
	return sharingLeases{c.CoordinationV1Interface.Leases(namespace), c.shares, c.news}
}

type sharingLeases struct {
	coordinationv1client.LeaseInterface
	shares *shares
	news   *news
}

// Get implements coordinationv1client.LeaseInterface.
func (l sharingLeases) Get(ctx context.Context, name string, opts metav1.GetOptions) (*coordinationv1.Lease, error) {
	if lease := l.news.heldByOther(name, l.shares.identity); lease != nil {
		l.shares.saw(lease)
		return lease, nil
	}
	lease, err := l.LeaseInterface.Get(ctx, name, opts)
	if err == nil {
		l.shares.saw(lease)
		l.news.hear(lease)
	}
	return lease, err
}

// Create implements coordinationv1client.LeaseInterface.
func (l sharingLeases) Create(ctx context.Context, lease *coordinationv1.Lease, opts metav1.CreateOptions) (*coordinationv1.Lease, error) {
	return l.shares.write(ctx, lease, func() (*coordinationv1.Lease, error) { return l.LeaseInterface.Create(ctx, lease, opts) })
}

// Update implements coordinationv1client.LeaseInterface.
func (l sharingLeases) Update(ctx context.Context, lease *coordinationv1.Lease, opts metav1.UpdateOptions) (*coordinationv1.Lease, error) {
	if l.shares.isRenewedEarly(lease) {
		return lease, nil
	}
	stored, err := l.shares.write(ctx, lease, func() (*coordinationv1.Lease, error) { return l.LeaseInterface.Update(ctx, lease, opts) })
	if err != nil {
		l.news.forget(lease.Name)
	}
	return stored, err
}

// shares knows which leases this replica holds.
type shares struct {
	identity string
	// patience is how long a lease above the share is left to others: all of them have tried to take it by then.
	patience time.Duration
	// renewal is how often a lease that is held is renewed. Leader election tries more often, so as to take leases early.
	renewal time.Duration
	// replicas counts the replicas that are not about to end.
	replicas func(ctx context.Context) (int, error)
	clock    clock.PassiveClock

	// taking is held while a lease is taken: one after the other, so that each is counted for the next.
	taking sync.Mutex

	mu   sync.Mutex
	held map[string]bool
	// written has when this replica last wrote each lease that it holds.
	written map[string]time.Time
	// renewed has the time of the last renewal of each lease, by whomever.
	renewed map[string]time.Time
	// free has since when leases that nobody renews have been left to others.
	free map[string]time.Time
}

func newShares(identity string, patience, renewal time.Duration, replicas func(context.Context) (int, error), clock clock.PassiveClock) *shares {
	return &shares{
		identity: identity, patience: patience, renewal: renewal, replicas: replicas, clock: clock,
		held: map[string]bool{}, written: map[string]time.Time{}, renewed: map[string]time.Time{}, free: map[string]time.Time{},
	}
}

// saw notes the holder of a lease. A process that follows another one in its pod holds what that one held.
func (s *shares) saw(lease *coordinationv1.Lease) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held[lease.Name] = s.isMine(lease)
	// A lease that is over keeps the name of its holder, so that only the time tells whether somebody has it.
	if at := ptr.Deref(lease.Spec.RenewTime, metav1.MicroTime{}); !at.Time.Equal(s.renewed[lease.Name]) {
		s.renewed[lease.Name] = at.Time
		delete(s.free, lease.Name)
	}
}

// write takes, renews or gives back a lease.
func (s *shares) write(ctx context.Context, lease *coordinationv1.Lease, call func() (*coordinationv1.Lease, error)) (*coordinationv1.Lease, error) {
	name, mine := lease.Name, s.isMine(lease)
	if mine && !s.holds(name) {
		s.taking.Lock()
		defer s.taking.Unlock()
		if !s.mayTake(ctx, name) {
			return nil, fmt.Errorf("taking lease %s: %w", name, errLeftToOthers)
		}
	}
	stored, err := call()
	if err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.held[name] = mine
		s.written[name] = s.clock.Now()
		delete(s.free, name)
	}
	return stored, err
}

// isRenewedEarly tells whether a lease that this replica holds would be renewed before it has to be.
func (s *shares) isRenewedEarly(lease *coordinationv1.Lease) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.isMine(lease) && s.held[lease.Name] && s.clock.Since(s.written[lease.Name]) < s.renewal
}

func (s *shares) holds(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held[name]
}

func (s *shares) isMine(lease *coordinationv1.Lease) bool {
	return ptr.Deref(lease.Spec.HolderIdentity, "") == s.identity
}

// mayTake tells whether one more lease is within the share, or was left to others for long enough.
func (s *shares) mayTake(ctx context.Context, name string) bool {
	queue, buckets := queueOf(name)
	others := s.heldOf(queue)
	if others == 0 {
		return true
	}
	replicas, err := s.replicas(ctx)
	if err != nil || replicas < 1 || others < (buckets+replicas-1)/replicas {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	since, ok := s.free[name]
	if !ok {
		s.free[name] = s.clock.Now()
		return false
	}
	return s.clock.Since(since) >= s.patience
}

// heldOf counts the leases of a queue that this replica holds.
func (s *shares) heldOf(queue string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for name, held := range s.held {
		if q, _ := queueOf(name); held && q == queue {
			n++
		}
	}
	return n
}

// leaseName is how the leases of a queue are called: its name, the number of the bucket and how many there are.
var leaseName = regexp.MustCompile(`^(.+)\.\d+-of-(\d+)$`)

// queueOf returns the queue that a lease belongs to, and into how many buckets its work is split.
func queueOf(lease string) (queue string, buckets int) {
	parts := leaseName.FindStringSubmatch(lease)
	if parts == nil {
		return lease, 1
	}
	buckets, err := strconv.Atoi(parts[2])
	if err != nil {
		return lease, 1
	}
	return parts[1], buckets
}

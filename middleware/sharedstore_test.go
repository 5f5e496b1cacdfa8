package middleware_test

import (
	"context"
	"net"
	"net/rpc"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
)

// A SharedStore serves a store to other processes by net/rpc, and counts what
// their handlers do. Its methods' names and types are as net/rpc wants them.
type SharedStore struct {
	inner idempotency.Store
	begun chan int

	mu             sync.Mutex
	lease          time.Duration // in place of those that are asked for
	claims         []claimed
	begins, effect int
}

type claimed struct {
	idempotency.Claim
	key   idempotency.Key
	fence uint64
}

// EndArgs are the arguments of all methods but Claim. D is a lease or a
// retention.
type EndArgs struct {
	Key   idempotency.Key
	Fence uint64
	D     time.Duration
}

func (s *SharedStore) Claim(r idempotency.Request, c *idempotency.Claim) (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.Lease = s.lease
	*c, err = s.inner.Claim(context.Background(), r)
	s.claims = append(s.claims, claimed{*c, r.Key, c.Fence})
	return err
}

func (s *SharedStore) Extend(a EndArgs, _ *bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inner.Extend(context.Background(), a.Key, a.Fence, s.lease)
}

func (s *SharedStore) Complete(a EndArgs, _ *bool) error {
	return s.inner.Complete(context.Background(), a.Key, a.Fence, a.D)
}

func (s *SharedStore) Release(a EndArgs, _ *bool) error {
	return s.inner.Release(context.Background(), a.Key, a.Fence)
}

func (s *SharedStore) Begin(_ bool, n *int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.begins++
	*n = s.begins
	s.begun <- *n
	return nil
}

func (s *SharedStore) Effect(bool, *bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.effect++
	return nil
}

func (s *SharedStore) counts() (begun, effects int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.begins, s.effect
}

func (s *SharedStore) last() claimed {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.claims[len(s.claims)-1]
}

// endLease lets the lease of the claim that was granted run out soon, and
// returns that claim.
func (s *SharedStore) endLease(t *testing.T) claimed {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.claims, func(c claimed) bool { return c.State == idempotency.Granted })
	c := s.claims[i]
	if err := s.inner.Extend(t.Context(), c.key, c.fence, time.Second); err != nil {
		t.Fatal(err)
	}
	return c
}

// serve serves the store until the test ends, and returns the socket's path.
func (s *SharedStore) serve(t *testing.T) string {
	t.Helper()
	server := rpc.NewServer()
	if err := server.RegisterName("Store", s); err != nil {
		t.Fatal(err)
	}
	// Not the test's own folder: its path may be too long for a socket's.
	dir, err := os.MkdirTemp("", "store")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	l, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for conn, err := l.Accept(); err == nil; conn, err = l.Accept() {
			go server.ServeConn(conn)
		}
	}()
	return l.Addr().String()
}

// A remoteStore is a SharedStore in another process.
type remoteStore struct{ client *rpc.Client }

func (s remoteStore) call(ctx context.Context, method string, args, reply any) error {
	call := s.client.Go("Store."+method, args, reply, make(chan *rpc.Call, 1))
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-call.Done:
		if call.Error != nil && call.Error.Error() == idempotency.ErrLost.Error() {
			return idempotency.ErrLost
		}
		return call.Error
	}
}

func (s remoteStore) Claim(ctx context.Context, r idempotency.Request) (c idempotency.Claim, err error) {
	err = s.call(ctx, "Claim", r, &c)
	return c, err
}

func (s remoteStore) Extend(ctx context.Context, key idempotency.Key, fence uint64, lease time.Duration) error {
	return s.call(ctx, "Extend", EndArgs{key, fence, lease}, new(bool))
}

func (s remoteStore) Complete(ctx context.Context, key idempotency.Key, fence uint64, retain time.Duration) error {
	return s.call(ctx, "Complete", EndArgs{key, fence, retain}, new(bool))
}

func (s remoteStore) Release(ctx context.Context, key idempotency.Key, fence uint64) error {
	return s.call(ctx, "Release", EndArgs{key, fence, 0}, new(bool))
}

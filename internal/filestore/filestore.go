//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package filestore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
)

// A Store keeps one file for each key in a folder. Stores on the same folder,
// in one process or in many, are one store. Make one with [New]; all its
// methods are safe for concurrent use.
type Store struct {
	dir string
}

// New returns a store on a folder, which must exist; it need not be empty.
func New(dir string) *Store { return &Store{dir} }

// An entry is the content of a key's file. Until is the end of the lease, or of
// the retention if the key is done.
type entry struct {
	Done        bool
	Until       time.Time
	Fence       uint64
	Owner       [16]byte
	Fingerprint [32]byte
}

// Claim implements [idempotency.Store].
func (s *Store) Claim(ctx context.Context, r idempotency.Request) (c idempotency.Claim, err error) {
	err = s.locked(ctx, r.Lease, func(l *lock) error {
		e, err := s.read(r.Key)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		known, now := err == nil, time.Now()
		next := entry{Until: now.Add(r.Lease), Owner: r.Owner, Fingerprint: r.Fingerprint}
		switch {
		case known && !e.Done && e.Owner == r.Owner:
			next.Fence, next.Fingerprint = e.Fence, e.Fingerprint
		case known && now.Before(e.Until) && e.Done:
			c = idempotency.Claim{State: idempotency.Done, Fingerprint: e.Fingerprint}
			return nil
		case known && now.Before(e.Until):
			c = idempotency.Claim{State: idempotency.InFlight, Fingerprint: e.Fingerprint, RetryAfter: e.Until.Sub(now)}
			return nil
		default:
			if next.Fence, err = l.nextFence(); err != nil {
				return err
			}
		}
		if err := s.write(r.Key, next); err != nil {
			return err
		}
		c = idempotency.Claim{State: idempotency.Granted, Fence: next.Fence, Fingerprint: next.Fingerprint}
		return nil
	})
	return c, err
}

// Extend implements [idempotency.Store].
func (s *Store) Extend(ctx context.Context, key idempotency.Key, fence uint64, lease time.Duration) error {
	return s.locked(ctx, lease, func(*lock) error {
		e, err := s.held(key, fence)
		if err != nil {
			return err
		}
		e.Until = time.Now().Add(lease)
		return s.write(key, e)
	})
}

// Complete implements [idempotency.Store].
func (s *Store) Complete(ctx context.Context, key idempotency.Key, fence uint64, retain time.Duration) error {
	return s.locked(ctx, retain, func(*lock) error {
		e, err := s.read(key)
		now := time.Now()
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return idempotency.ErrLost
		case err != nil:
			return err
		case e.Fence != fence || e.Done && !now.Before(e.Until):
			return idempotency.ErrLost
		case e.Done:
			return nil
		}
		e.Done, e.Until = true, now.Add(retain)
		return s.write(key, e)
	})
}

// Release implements [idempotency.Store].
func (s *Store) Release(ctx context.Context, key idempotency.Key, fence uint64) error {
	return s.locked(ctx, 1, func(*lock) error {
		if _, err := s.held(key, fence); err != nil {
			return err
		}
		return os.Remove(s.path(key))
	})
}

// locked calls do with the folder locked, for a duration d that must be
// positive.
func (s *Store) locked(ctx context.Context, d time.Duration, do func(*lock) error) error {
	if d <= 0 {
		return fmt.Errorf("filestore: duration must be positive, not %v", d)
	}
	l, err := acquire(ctx, filepath.Join(s.dir, "lock"))
	if err != nil {
		return fmt.Errorf("filestore: %w", err)
	}
	defer l.release()
	if err := do(l); err != nil {
		if errors.Is(err, idempotency.ErrLost) {
			return err
		}
		return fmt.Errorf("filestore: %w", err)
	}
	return nil
}

// held returns the entry that is in flight under the fence, or ErrLost.
func (s *Store) held(key idempotency.Key, fence uint64) (entry, error) {
	e, err := s.read(key)
	if errors.Is(err, fs.ErrNotExist) || err == nil && (e.Done || e.Fence != fence) {
		return entry{}, idempotency.ErrLost
	}
	return e, err
}

func (s *Store) path(key idempotency.Key) string { return filepath.Join(s.dir, key.String()) }

func (s *Store) read(key idempotency.Key) (e entry, err error) {
	b, err := os.ReadFile(s.path(key))
	if err != nil {
		return e, err
	}
	return e, json.Unmarshal(b, &e)
}

// write replaces the key's file as a whole: a process that is killed in here
// leaves the old one or the new one.
func (s *Store) write(key idempotency.Key, e entry) error {
	b, err := json.Marshal(e)
	if err != nil {
		return err
	}
	next := filepath.Join(s.dir, "next")
	if err := os.WriteFile(next, b, 0o600); err != nil {
		return err
	}
	return os.Rename(next, s.path(key))
}

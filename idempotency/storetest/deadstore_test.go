package storetest

import (
	"context"
	"errors"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
)

// A dead store is a reference whose backend can't be reached.
type dead struct {
	reference
}

var errDown = errors.New("reference: connection refused")

func (s *dead) fail() error {
	switch s.flaw {
	case "outage is no error":
		return nil
	case "outage is ErrLost":
		return idempotency.ErrLost
	case "outage is ErrInFlight":
		return idempotency.ErrInFlight
	case "outage outlasts the context":
		time.Sleep(time.Minute)
	}
	return errDown
}

func (s *dead) Claim(_ context.Context, r idempotency.Request) (idempotency.Claim, error) {
	if s.is("outage is granted") {
		return idempotency.Claim{State: idempotency.Granted, Fence: 1, Fingerprint: r.Fingerprint}, nil
	}
	return idempotency.Claim{}, errDown
}

func (s *dead) Extend(context.Context, idempotency.Key, uint64, time.Duration) error {
	return s.fail()
}

func (s *dead) Complete(context.Context, idempotency.Key, uint64, time.Duration) error {
	return s.fail()
}

func (s *dead) Release(context.Context, idempotency.Key, uint64) error {
	return s.fail()
}

func (s *dead) Bind(_ context.Context, _ [32]byte, key idempotency.Key, _ time.Duration) (idempotency.Key, error) {
	if s.is("outage binds") {
		return key, nil
	}
	return idempotency.Key{}, errDown
}

func (s *dead) Forget(context.Context, idempotency.Key) (bool, error) {
	if s.is("outage forgets") {
		return true, nil
	}
	return false, s.fail()
}

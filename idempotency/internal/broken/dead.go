package broken

import (
	"context"
	"errors"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
)

// A Dead store is one whose backend can't be reached. Its flaws are those that
// begin with "outage".
type Dead struct {
	Store
}

// NewDead returns a dead store with the flaw; "" is none.
func NewDead(flaw string) *Dead { return &Dead{Store{flaw: flaw}} }

var errDown = errors.New("broken: connection refused")

func (s *Dead) fail() error {
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

func (s *Dead) Claim(_ context.Context, r idempotency.Request) (idempotency.Claim, error) {
	if s.is("outage is granted") {
		return idempotency.Claim{State: idempotency.Granted, Fence: 1, Fingerprint: r.Fingerprint}, nil
	}
	return idempotency.Claim{}, errDown
}

func (s *Dead) Extend(context.Context, idempotency.Key, uint64, time.Duration) error {
	return s.fail()
}

func (s *Dead) Complete(context.Context, idempotency.Key, uint64, time.Duration) error {
	return s.fail()
}

func (s *Dead) Release(context.Context, idempotency.Key, uint64) error {
	return s.fail()
}

func (s *Dead) Bind(_ context.Context, _ [32]byte, key idempotency.Key, _ time.Duration) (idempotency.Key, error) {
	if s.is("outage binds") {
		return key, nil
	}
	return idempotency.Key{}, errDown
}

func (s *Dead) Forget(context.Context, idempotency.Key) (bool, error) {
	if s.is("outage forgets") {
		return true, nil
	}
	return false, s.fail()
}

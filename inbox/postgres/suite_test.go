//go:build unix

package inboxpostgres_test

import (
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/inbox"
	"github.com/hooklatch/hooklatch/inbox/inboxtest"
	"github.com/hooklatch/hooklatch/internal/testserver"
)

func TestBox(t *testing.T) {
	server := testserver.SharedPostgres(t)
	inboxtest.Run(t, func(t *testing.T, s inboxtest.Settings) inbox.Runner {
		return newBox(t, newPool(t, server), newSchema(), inbox.Settings{
			MaxAttempts:    s.MaxAttempts,
			HandlerTimeout: s.HandlerTimeout,
			Backoff:        func(int) time.Duration { return s.Backoff },
		})
	}, nil)
}

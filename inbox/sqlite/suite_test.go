package inboxsqlite_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/inbox"
	"github.com/hooklatch/hooklatch/inbox/inboxtest"
)

func TestBox(t *testing.T) {
	inboxtest.Run(t, func(t *testing.T, s inboxtest.Settings) inbox.Runner {
		return open(t, filepath.Join(t.TempDir(), "inbox.db"), inbox.Settings{
			MaxAttempts:    s.MaxAttempts,
			HandlerTimeout: s.HandlerTimeout,
			Backoff:        func(int) time.Duration { return s.Backoff },
		})
	}, nil)
}

//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package filestore_test

import (
	"path/filepath"
	"testing"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/storetest"
	"github.com/hooklatch/hooklatch/internal/filestore"
)

var _ idempotency.Store = (*filestore.Store)(nil)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) idempotency.Store {
		return filestore.New(t.TempDir())
	}, &storetest.Options{
		Down: func(t *testing.T) idempotency.Store {
			return filestore.New(filepath.Join(t.TempDir(), "missing"))
		},
	})
}

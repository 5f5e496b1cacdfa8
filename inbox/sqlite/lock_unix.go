//go:build unix

package inboxsqlite

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"github.com/hooklatch/hooklatch/inbox"
)

// lockFile takes a lock that ends with the process.
func lockFile(name string) (io.Closer, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return f, nil
	}
	_ = f.Close() // nothing was written
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, inbox.ErrInUse
	}
	return nil, fmt.Errorf("lock %s: %w", name, err)
}

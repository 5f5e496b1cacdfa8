//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package filestore

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"syscall"
	"time"
)

// A lock is the folder's lock file, locked. It also holds the last fence.
type lock struct{ file *os.File }

// acquire waits for the lock. The kernel gives it up when the process dies.
// Each call opens the file anew, and so excludes the goroutines of one process
// as well as other processes.
func acquire(ctx context.Context, path string) (*lock, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		// Polled, since a blocking flock would not heed the context.
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return &lock{file}, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			file.Close()
			return nil, err
		}
		select {
		case <-ctx.Done():
			file.Close()
			return nil, ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
}

// release gives the lock up, by closing the file.
func (l *lock) release() { l.file.Close() }

// nextFence returns a fence that is higher than all before it. It is stored
// before it is used: a process killed in between only leaves a gap.
func (l *lock) nextFence() (uint64, error) {
	var b [8]byte
	if _, err := l.file.ReadAt(b[:], 0); err != nil && err != io.EOF {
		return 0, err
	}
	fence := binary.BigEndian.Uint64(b[:]) + 1
	binary.BigEndian.PutUint64(b[:], fence)
	_, err := l.file.WriteAt(b[:], 0)
	return fence, err
}

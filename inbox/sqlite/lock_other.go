//go:build !unix

package inboxsqlite

import "io"

// lockFile has no lock to take: the standard library offers none here.
func lockFile(string) (io.Closer, error) { return io.NopCloser(nil), nil }

//go:build unix

package testserver

import (
	"net"
	"os"
	"testing"
)

func TestPostgres(t *testing.T) {
	s := Postgres(t, nil)
	dial := func() error {
		conn, err := net.Dial("tcp", s.Addr)
		if err == nil {
			conn.Close()
		}
		return err
	}
	for range 3 {
		backends := children(s.pid())
		if len(backends) == 0 {
			if _, err := os.Stat("/proc/self/task"); err == nil {
				t.Error("the server has no processes of its own")
			}
		}
		s.Kill(t)
		if err := dial(); err == nil {
			t.Error("a killed server takes connections")
		}
		s.Restart(t)
		if err := dial(); err != nil {
			t.Errorf("after a restart: %v", err)
		}
	}
	s.Pause(t)
	s.Resume(t)
	if first, second := SharedPostgres(t), SharedPostgres(t); first != second {
		t.Error("the second call does not find the first one's server")
	}
}

func TestPgBouncer(t *testing.T) {
	b := PgBouncer(t, SharedPostgres(t), "transaction")
	b.Pause(t)
	b.Resume(t)
	b.Kill(t)
	b.Restart(t)
	if err := b.pgBouncerReady(); err != nil {
		t.Error(err)
	}
}

//go:build unix

package testserver

import (
	"sync"
	"testing"
)

// shared are the servers that all tests of the binary use, by engine.
var shared struct {
	mu      sync.Mutex
	main    bool
	servers map[string]*Server
}

// Main runs a binary's tests and then ends the servers that they shared. It
// returns the code to exit with; nothing but TestMain needs it:
//
//	func TestMain(m *testing.M) { os.Exit(testserver.Main(m)) }
func Main(m *testing.M) int {
	shared.mu.Lock()
	shared.main = true
	shared.mu.Unlock()
	defer func() {
		shared.mu.Lock()
		defer shared.mu.Unlock()
		for _, s := range shared.servers {
			s.remove()
		}
		shared.servers = nil
	}()
	return m.Run()
}

// share returns the server of the engine that all tests of the binary use, and
// starts it for the first. Tests keep apart by key prefixes, databases or
// schemas, and must not stop it.
func share(t testing.TB, engine string, p *program) *Server {
	t.Helper()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if !shared.main {
		t.Fatal("a shared server needs a TestMain that calls testserver.Main")
	}
	if s, ok := shared.servers[engine]; ok {
		return s
	}
	s, err := launch(p)
	if err != nil {
		unavailable(t, err)
	}
	if shared.servers == nil {
		shared.servers = make(map[string]*Server)
	}
	shared.servers[engine] = s
	return s
}

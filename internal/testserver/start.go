//go:build unix

package testserver

import (
	"fmt"
	"testing"
)

// Start starts a server outside of tests, for example programs; engine is
// "postgres" or "redis". Close ends it. If the program is not there, the error
// says which Debian package has it.
func Start(engine string) (*Server, error) {
	p, err := byName(engine)
	if err != nil {
		return nil, err
	}
	return launch(p)
}

// Close ends a server that [Start] has started, and removes its folder.
func (s *Server) Close() { s.remove() }

// Need skips or fails a test, as said above, if an engine that the code under
// test is going to start is not there.
func Need(t testing.TB, engine string) {
	t.Helper()
	p, err := byName(engine)
	if err == nil {
		_, err = p.find()
	}
	if err != nil {
		unavailable(t, err)
	}
}

func byName(engine string) (*program, error) {
	switch engine {
	case "postgres":
		return postgresProgram(PostgresOptions{}), nil
	case "redis":
		return redisProgram(RedisOptions{}), nil
	}
	return nil, fmt.Errorf("testserver: no engine %q", engine)
}

package main

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
)

// A second is the second system. It can be away.
type second struct {
	server *httptest.Server
	away   atomic.Bool

	mu    sync.Mutex
	times map[string]int // how often it was told of a link
}

func newSecond() *second {
	s := &second{times: make(map[string]int)}
	s.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.away.Load() {
			http.Error(w, "away", http.StatusServiceUnavailable)
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.times[r.URL.Path[1:]]++
	}))
	return s
}

// told returns how many links it knows, and how often it was told of one again.
func (s *second) told() (links, again int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.times {
		again += n - 1
	}
	return len(s.times), again
}

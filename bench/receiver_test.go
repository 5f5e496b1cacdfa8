package bench_test

import (
	"bytes"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/bench"
)

// A sink is the cheapest ResponseWriter with the methods of net/http's that the
// receivers use.
type sink struct {
	header http.Header
	status int
	body   []byte
	keep   bool // the body
}

func (s *sink) Header() http.Header             { return s.header }
func (s *sink) WriteHeader(status int)          { s.status = status }
func (s *sink) SetReadDeadline(time.Time) error { return nil }

func (s *sink) Write(p []byte) (int, error) {
	if s.status == 0 {
		s.status = http.StatusOK
	}
	if s.keep {
		s.body = append(s.body, p...)
	}
	return len(p), nil
}

func (s *sink) WriteString(p string) (int, error) {
	if s.keep {
		return s.Write([]byte(p))
	}
	if s.status == 0 {
		s.status = http.StatusOK
	}
	return len(p), nil
}

func handler(tb testing.TB, v bench.Receiver, limit int64) http.Handler {
	tb.Helper()
	h, err := v.Handler(limit)
	if err != nil {
		tb.Fatal(err)
	}
	return h
}

// TestReceivers: the receivers do the same work. All but the bare one accept a
// genuine delivery, recognize it when it is repeated, and refuse a tampered one.
func TestReceivers(t *testing.T) {
	for _, v := range bench.Receivers {
		t.Run(string(v), func(t *testing.T) {
			var h http.Handler
			post := func(header http.Header, body []byte) (int, string) {
				w := sink{header: http.Header{}, keep: true}
				h.ServeHTTP(&w, &http.Request{
					Method: http.MethodPost, Header: header, ContentLength: int64(len(body)),
					Body: io.NopCloser(bytes.NewReader(body)),
				})
				return w.status, string(w.body)
			}
			for _, size := range []int{200, 16 << 10} {
				h = handler(t, v, 0)
				header, body := bench.NewStream(size, bench.Members).Next()
				tampered := bytes.Clone(body)
				tampered[size/2] ^= 1
				refused := http.StatusForbidden
				if v == bench.Bare {
					refused = http.StatusOK
				}
				if status, _ := post(header, tampered); status != refused {
					t.Errorf("%d bytes, tampered: %d, want %d", size, status, refused)
				}
				stale := (&signer{t: t}).request(body, time.Now().Add(-time.Hour))
				if v == bench.Floor { // it does not look at the clock
					refused = http.StatusOK
				}
				if status, _ := post(stale.Header, body); status != refused {
					t.Errorf("%d bytes, stale: %d, want %d", size, status, refused)
				}
				unsigned := header.Clone()
				unsigned.Del("X-Linktree-Signature")
				if status, _ := post(unsigned, body); status == http.StatusOK && v != bench.Bare {
					t.Errorf("%d bytes, unsigned: %d", size, status)
				}
				if !v.Remembers() {
					continue
				}
				for _, want := range []string{`{"received":true}`, `{"duplicate":true}`} {
					if status, got := post(header, body); status != http.StatusOK || got != want {
						t.Errorf("%d bytes: %d %s, want %s", size, status, got, want)
					}
				}
			}
		})
	}
}

// TestDecodes: a receiver that claims to decode fails where the data does not
// fit.
func TestDecodes(t *testing.T) {
	for _, v := range bench.Receivers {
		s := &signer{t: t}
		body := []byte(`{"type":"link.created","data":{"link_id":"lnk_000000000001","position":2}}`)
		w := sink{header: http.Header{}}
		handler(t, v, 0).ServeHTTP(&w, s.request(body, time.Now()))
		if failed := w.status != http.StatusOK; failed != v.Decodes() {
			t.Errorf("%s: status %d, want a failure: %v", v, w.status, v.Decodes())
		}
	}
}

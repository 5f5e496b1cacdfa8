package transport_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch/transport"
)

// A wallet is a source whose token the test changes.
type wallet struct {
	mu       sync.Mutex
	token    string
	newer    string // what a refresh brings; empty is nothing
	takes    time.Duration
	err      error
	panics   bool
	rejected []string // what the refreshes were told
}

func (s *wallet) Token(ctx context.Context, rejected string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if rejected == "" {
		return s.token, nil
	}
	s.rejected = append(s.rejected, rejected)
	if s.panics {
		panic("whoops")
	}
	s.mu.Unlock()
	select {
	case <-time.After(s.takes):
	case <-ctx.Done():
	}
	s.mu.Lock()
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if s.newer != "" {
		s.token = s.newer
	}
	return s.token, s.err
}

func (s *wallet) wantRefreshes(t *testing.T, rejected ...string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if diff := cmp.Diff(rejected, s.rejected); diff != "" {
		t.Error("refreshes (-want +got):\n", diff)
	}
}

// only lets in requests that bring the token.
func only(token string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Header.Get("Authorization") != "Bearer "+token {
			w.WriteHeader(401)
		}
		_, _ = w.Write(body)
	}
}

// TestAuthRefresh: a 401 is answered with a newer token, if there is one.
func TestAuthRefresh(t *testing.T) {
	rewindable := func() io.Reader { return strings.NewReader("body") }
	once := func() io.Reader { return io.MultiReader(strings.NewReader("body")) }
	none := func() io.Reader { return nil }
	tests := []struct {
		name      string
		source    *wallet
		body      func() io.Reader
		status    int
		hits      int
		refreshes []string
	}{
		{"newer", &wallet{token: "old", newer: "good"}, none, 200, 2, []string{"old"}},
		{"newer, body", &wallet{token: "old", newer: "good"}, rewindable, 200, 2, []string{"old"}},
		{"newer, body that can't be read again", &wallet{token: "old", newer: "good"}, once, 401, 1, []string{"old"}},
		{"none newer", &wallet{token: "old"}, rewindable, 401, 1, []string{"old"}},
		{"newer, but bad too", &wallet{token: "old", newer: "bad"}, rewindable, 401, 2, []string{"old"}},
		{"source fails", &wallet{token: "old", newer: "good", err: errors.New("no luck")}, none, 401, 1, []string{"old"}},
		{"source panics", &wallet{token: "old", panics: true}, none, 401, 1, []string{"old"}},
		{"source hangs", &wallet{token: "old", newer: "good", takes: time.Hour}, none, 401, 1, []string{"old"}},
		{"source returns nonsense", &wallet{token: "old", newer: "a b"}, none, 401, 1, []string{"old"}},
		{"good from the start", &wallet{token: "good"}, rewindable, 200, 1, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				up := newUpstream(t, only("good"))
				rt := transport.Auth(tt.source, mustParse(up.URL))(up)
				r, err := http.NewRequest("POST", up.URL, tt.body())
				if err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				resp, err := rt.RoundTrip(r)
				if err != nil {
					t.Fatal(err)
				}
				if took := time.Since(start); took > 30*time.Second {
					t.Errorf("it took %v", took)
				}
				body, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				if want, _ := io.ReadAll(orEmpty(tt.body())); resp.StatusCode != tt.status || string(body) != string(want) || err != nil {
					t.Errorf("%d %q %v, want %d %q", resp.StatusCode, body, err, tt.status, want)
				}
				// It says which token was used in the end.
				if got := resp.Request.Header.Get("Authorization"); tt.status == 200 && got != "Bearer good" {
					t.Errorf("the answer's request has %q", got)
				}
				if len(r.Header) > 0 {
					t.Errorf("the caller's request was changed: %v", r.Header)
				}
				up.wantSent(tt.hits)
				tt.source.wantRefreshes(t, tt.refreshes...)
				up.wantNothingOpen()
			})
		})
	}
}

func orEmpty(r io.Reader) io.Reader {
	if r == nil {
		return strings.NewReader("")
	}
	return r
}

// TestAuthRefreshIsShared: 50 callers with an old token cause one refresh, be
// they refused together or one after the other; and those who give up do not
// spoil it for the others.
func TestAuthRefreshIsShared(t *testing.T) {
	for _, stagger := range []time.Duration{0, 10 * time.Millisecond} {
		t.Run(fmt.Sprint(stagger), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var late atomic.Int64
				good := only("good")
				up := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
					if r.Header.Get("Authorization") == "Bearer old" {
						time.Sleep(time.Duration(late.Add(1)) * stagger)
					}
					good(w, r)
				})
				source := &wallet{token: "old", newer: "good", takes: 100 * time.Millisecond}
				rt := transport.Auth(source, mustParse(up.URL))(up)
				var wg sync.WaitGroup
				for i := range 50 {
					wg.Go(func() {
						ctx := t.Context()
						if i < 10 { // among them who began the refresh
							var cancel context.CancelFunc
							ctx, cancel = context.WithTimeout(ctx, 50*time.Millisecond)
							defer cancel()
						}
						status, err := get(ctx, rt, up.URL)
						if i < 10 && err != context.DeadlineExceeded || i >= 10 && status != 200 {
							t.Errorf("caller %d: %d %v", i, status, err)
						}
					})
					synctest.Wait()
				}
				wg.Wait()
				source.wantRefreshes(t, "old")
				up.wantSent(50 + 40)
				up.wantNothingOpen()
			})
		})
	}
}

// TestAuthRepeatsCount: a request that is sent twice counts twice.
func TestAuthRepeatsCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up := newUpstream(t, only("a token that no account has"))
		var n atomic.Int64
		source := transport.SourceFunc(func(context.Context, string) (string, error) {
			return fmt.Sprint("token", n.Add(1)), nil // each is newer
		})
		headroom := transport.NewHeadroom(&transport.HeadroomOptions{Logger: silent})
		rt := transport.Chain(
			transport.NewLimiter(90, nil).Layer, headroom.Layer,
			transport.Auth(source, mustParse(up.URL)), transport.AttemptTimeout(nil),
		)(up)
		crowd(t, 30, 10*time.Minute, func(ctx context.Context) {
			_, _ = get(ctx, rt, up.URL)
			if got := headroom.Attempts(); got > 90 {
				t.Errorf("%d attempts counted in a minute", got)
			}
		})
		lastMinute := 0
		for _, at := range up.sent() {
			if time.Since(at) < time.Minute {
				lastMinute++
			}
		}
		if got := headroom.Attempts(); got != lastMinute {
			t.Errorf("%d attempts counted in the last minute, %d were sent", got, lastMinute)
		}
		wantWindow(t, up.sent(), 90)
		if n := len(up.sent()); n < 800 {
			t.Errorf("%d were sent, want 85 a minute", n)
		}
		up.wantNothingOpen()
	})
}

// TestAuthRepeatRefused: when the limiter does not let the request go again in
// time, that is the error, and nothing is left open.
func TestAuthRepeatRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up := newUpstream(t, only("good"))
		source := &wallet{token: "old", newer: "good"}
		limiter := transport.NewLimiter(90, &transport.LimiterOptions{Burst: 1, FailFast: true})
		rt := transport.Chain(limiter.Layer, transport.Auth(source, mustParse(up.URL)))(up)
		if _, err := get(t.Context(), rt, up.URL); !errors.Is(err, transport.ErrLocalLimit) {
			t.Errorf("%v, want ErrLocalLimit", err)
		}
		up.wantSent(1)
		up.wantNothingOpen()
	})
}

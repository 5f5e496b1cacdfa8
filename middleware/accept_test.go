package middleware_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// TestHTTP2: behind a proxy, strangers share a connection with genuine senders.
// Refusing them takes no time and does not close it.
func TestHTTP2(t *testing.T) {
	rig := newRig(t, func(http.ResponseWriter, *http.Request) {}, middleware.OnceOptions{})
	srv := httptest.NewUnstartedServer(rig.h)
	srv.EnableHTTP2 = true
	srv.StartTLS()
	defer srv.Close()
	client := srv.Client()
	connections := 0
	genuine := func() {
		t.Helper()
		req := rig.request(srv.URL, created())
		req = req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
			GotConn: func(c httptrace.GotConnInfo) {
				if !c.Reused {
					connections++
				}
			},
		}))
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if resp.StatusCode != 200 || resp.ProtoMajor != 2 {
			t.Errorf("status %d over HTTP/%d, want 200 over HTTP/2", resp.StatusCode, resp.ProtoMajor)
		}
	}
	genuine()
	for range 5 {
		body, in := io.Pipe() // never comes to its end
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL, body)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		do(client, req).want(t, 401, "Missing signature")
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("the stranger was answered after %v", took)
		}
		_ = in.Close() // a pipe's never fails
		genuine()
	}
	if connections != 1 {
		t.Errorf("%d connections were needed, want 1: strangers have closed it", connections)
	}
}

// An explainingVerifier refuses every request, one with an X-Bad header by its
// headers alone, and explains why.
type explainingVerifier struct {
	explain func(body []byte) verify.Explanation
}

var errRefused = &verify.Error{Scheme: "linktree", Err: verify.ErrMismatch}

func (explainingVerifier) Verify(context.Context, http.Header, []byte) (verify.Envelope, error) {
	return verify.Envelope{}, errRefused
}

func (explainingVerifier) CheckHeader(h http.Header) error {
	if h.Get("X-Bad") != "" {
		return errRefused
	}
	return nil
}

func (v explainingVerifier) Explain(_ http.Header, body []byte, _ *verify.ExplainOptions) verify.Explanation {
	return v.explain(body)
}

// TestExplain: with the Explain option, the log line and the Outcome of each
// refused request say what is wrong with it, for Accept's refusals too. They
// never contain a secret, a body or a signature.
func TestExplain(t *testing.T) {
	const marker = "do-not-log-this"
	ev := hooktest.NewEvent("link.created", map[string]string{"title": marker})
	for _, explain := range []bool{true, false} {
		var e middleware.EndpointOptions
		if explain {
			e.Explain = &verify.ExplainOptions{Secrets: []string{"an earlier secret"}}
		}
		rig := newRigFor(t, func(http.ResponseWriter, *http.Request) {}, middleware.OnceOptions{}, e)
		earlier, err := provider.Linktree("an earlier secret")
		if err != nil {
			t.Fatal(err)
		}
		unsigned := hooktest.Unsigned(t, "/", rig.scheme, ev)
		unsigned.Header.Set("X-Signature", strings.Repeat("ab", 32))
		malformed := hooktest.NewRequest(t, "/", rig.scheme, ev)
		malformed.Header.Set("X-Linktree-Signature", "sha256="+malformed.Header.Get("X-Linktree-Signature"))
		signed := hooktest.NewRequest(t, "/", earlier, ev)
		for _, tt := range []struct {
			name   string
			r      *http.Request
			result middleware.Result
			found  string
		}{
			{"unsigned", unsigned, middleware.Unsigned, ""},
			{"malformed", malformed, middleware.Refused, ""},
			{"stale", hooktest.Stale(t, "/", rig.scheme, ev), middleware.Refused, ""},
			{"another secret", signed, middleware.Refused, "the options' secret 1"},
		} {
			rig.log.Reset()
			signature := tt.r.Header.Get("X-Linktree-Signature")
			serveDirectly(rig.h, tt.r)
			out := rig.last()
			if out.Result != tt.result {
				t.Errorf("%s: outcome %q, want %q", tt.name, out.Result, tt.result)
			}
			log := rig.logged()
			if !explain {
				if out.Explanation != nil || strings.Contains(log, "explanation=") {
					t.Errorf("%s: is explained unasked:\n%s", tt.name, log)
				}
				continue
			}
			if out.Explanation == nil || !strings.Contains(log, "explanation=") || !strings.Contains(log, tt.found) {
				t.Errorf("%s: is not explained with %q:\n%s", tt.name, tt.found, log)
				continue
			}
			if tt.name != "another secret" && out.Explanation.Has(verify.MistakeBodyEmpty) {
				t.Errorf("%s: a body that was not read is called empty:\n%s", tt.name, log)
			}
			for _, hidden := range []string{marker, "earlier secret", "secret of the test", signature} {
				if hidden != "" && strings.Contains(log+out.Explanation.String(), hidden) {
					t.Errorf("%s: %q is in the log:\n%s", tt.name, hidden, log)
				}
			}
		}
	}
}

// TestExplainKnowsWhetherThereIsABody: Accept has not read the body. Verify has,
// even if it is empty.
func TestExplainKnowsWhetherThereIsABody(t *testing.T) {
	var got []byte
	v := explainingVerifier{func(body []byte) verify.Explanation { got = body; return verify.Explanation{} }}
	ep := middleware.NewEndpoint("test", &middleware.EndpointOptions{
		Logger: slog.New(slog.DiscardHandler), Explain: &verify.ExplainOptions{},
	})
	h := middleware.Chain(ep.Accept(v), ep.Capture(0, nil), ep.Verify(v))(http.NotFoundHandler())
	for body, want := range map[string][]byte{"": {}, "x": []byte("x")} {
		plain := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		if body == "" {
			plain.Body = http.NoBody
		}
		serveDirectly(h, plain)
		if got == nil || string(got) != string(want) {
			t.Errorf("Verify explains the body %#v, want %#v", got, want)
		}
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("X-Bad", "yes")
		serveDirectly(h, r)
		if got != nil {
			t.Errorf("Accept explains the body %#v, want none", got)
		}
	}
}

// TestExplainOneAtATime: a flood of refused requests keeps one processor busy at
// most.
func TestExplainOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		running := 0
		v := explainingVerifier{func([]byte) verify.Explanation {
			if running++; running > 1 {
				t.Error("two are explained at a time")
			}
			time.Sleep(time.Second)
			running--
			return verify.Explanation{}
		}}
		var explained atomic.Int64
		ep := middleware.NewEndpoint("test", &middleware.EndpointOptions{
			Logger: slog.New(slog.DiscardHandler), Explain: &verify.ExplainOptions{},
			Observe: func(_ context.Context, out middleware.Outcome) {
				if out.Explanation != nil {
					explained.Add(1)
				}
			},
		})
		h := middleware.Chain(ep.Accept(v), ep.Capture(0, nil), ep.Verify(v))(http.NotFoundHandler())
		send := func(bad string) {
			r := httptest.NewRequest(http.MethodPost, "/", nil)
			r.Header.Set("X-Bad", bad)
			serveDirectly(h, r).want(t, 403, "Invalid signature")
		}
		go send("")
		synctest.Wait()
		start := time.Now()
		send("")
		send("yes")
		if took := time.Since(start); took != 0 || explained.Load() != 0 {
			t.Errorf("the others were answered after %v, %d explained; want at once and none", took, explained.Load())
		}
		time.Sleep(2 * time.Second)
		send("yes")
		if explained.Load() != 2 {
			t.Errorf("%d were explained, want 2", explained.Load())
		}
	})
}

// TestUndecidedByHeader: the answer does not wait for the body, which may never
// come.
func TestUndecidedByHeader(t *testing.T) {
	ep := newEndpoint()
	addr := serve(t, ep.Accept(undecided{})(http.NotFoundHandler()))
	resp, _, closed := raw(t, addr, "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 100000\r\n\r\n")
	if resp.StatusCode != 503 || resp.Header.Get("Retry-After") == "" || !closed {
		t.Errorf("status %d, Retry-After %q, closed %v; want 503, one, and a closed connection", resp.StatusCode, resp.Header.Get("Retry-After"), closed)
	}
}

type undecided struct{ verify.Verifier }

func (undecided) CheckHeader(http.Header) error { return errDown }

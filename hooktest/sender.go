package hooktest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

// DefaultRetries returns Linktree's retry schedule: 10, 30, 90, 270 and 810
// seconds.
func DefaultRetries() []time.Duration {
	return []time.Duration{10 * time.Second, 30 * time.Second, 90 * time.Second, 270 * time.Second, 810 * time.Second}
}

// A Sender delivers events as a provider does: signed, over HTTP, more than
// once if need be. Its methods are safe for concurrent use.
type Sender struct {
	// URL is the receiver's address.
	URL string

	// Signer signs the requests: a scheme with the receiver's secret.
	Signer verify.Signer

	// Client sends the requests: the client of a [Server] or of an
	// httptest.Server. Nil means http.DefaultClient.
	Client *http.Client

	// Retries are the waits between the end of one attempt and the start of
	// the next. Nil means [DefaultRetries]; empty means no retries.
	Retries []time.Duration
}

// An Attempt is how one request went.
type Attempt struct {
	Start  time.Time   // when it was sent
	Status int         // the answer's status; 0 if there was none
	Header http.Header // the answer's header
	Body   []byte      // the answer's body
	Err    error       // why there was no answer, or not all of it
}

// OK reports whether the provider takes the event as delivered: the answer was
// complete and its status 2xx.
func (a Attempt) OK() bool { return a.Err == nil && a.Status/100 == 2 }

// Send delivers the event: it tries until an attempt is OK or the retries are
// used up, and returns all attempts. It signs each anew, with the same id and the
// current time, unless the event has a time of its own. It ignores Retry-After.
//
// It stops early when ctx ends or the event can't be signed.
func (s *Sender) Send(ctx context.Context, ev Event) []Attempt {
	retries := s.Retries
	if retries == nil {
		retries = DefaultRetries()
	}
	ev = named(ev)
	attempts := []Attempt{s.Post(ctx, ev)}
	for _, wait := range retries {
		last := attempts[len(attempts)-1]
		if last.OK() || errors.Is(last.Err, errSign) {
			break
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return attempts
		}
		attempts = append(attempts, s.Post(ctx, ev))
	}
	return attempts
}

// Post sends the event once.
func (s *Sender) Post(ctx context.Context, ev Event) Attempt {
	return s.post(ctx, ev, bytes.NewReader(ev.Body))
}

// Duplicates sends n copies of the event at once, each signed for itself, and
// returns when all are answered. It retries none.
func (s *Sender) Duplicates(ctx context.Context, ev Event, n int) []Attempt {
	ev = named(ev)
	attempts := make([]Attempt, n)
	var wg sync.WaitGroup
	for i := range attempts {
		wg.Go(func() { attempts[i] = s.Post(ctx, ev) })
	}
	wg.Wait()
	return attempts
}

// Abandon sends the event once, whole, and closes the connection if there is no
// answer by the given time, when the handler is most likely at work. The
// attempt's Err then wraps context.DeadlineExceeded.
func (s *Sender) Abandon(ctx context.Context, ev Event, after time.Duration) Attempt {
	ctx, cancel := context.WithTimeout(ctx, after)
	defer cancel()
	return s.Post(ctx, ev)
}

// Truncate sends the event once and closes the connection in the middle of the
// body: the header, which announces all of it, arrives; at most half of the
// body does. The attempt's Err wraps io.ErrUnexpectedEOF unless the answer came
// first.
func (s *Sender) Truncate(ctx context.Context, ev Event) Attempt {
	half := bytes.NewReader(ev.Body[:len(ev.Body)/2])
	return s.post(ctx, ev, io.MultiReader(half, broken{}))
}

// Ping asks with a HEAD request whether the receiver can be reached, as some
// providers do before they accept its URL.
func (s *Sender) Ping(ctx context.Context) Attempt {
	r, err := http.NewRequestWithContext(ctx, http.MethodHead, s.URL, nil)
	if err != nil {
		return Attempt{Start: time.Now(), Err: err}
	}
	return s.do(r)
}

var errSign = errors.New("hooktest: the event can't be signed")

// post sends the event with its body from a reader, which may fail.
func (s *Sender) post(ctx context.Context, ev Event, body io.Reader) Attempt {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, body)
	if err != nil {
		return Attempt{Start: time.Now(), Err: err}
	}
	if err := s.Signer.Sign(r.Header, ev.envelope(now(s.Signer)), ev.Body); err != nil {
		return Attempt{Start: time.Now(), Err: errors.Join(errSign, err)}
	}
	r.Header.Set("Content-Type", contentType)
	r.ContentLength = int64(len(ev.Body))
	return s.do(r)
}

func (s *Sender) do(r *http.Request) Attempt {
	client := s.Client
	if client == nil {
		client = http.DefaultClient
	}
	a := Attempt{Start: time.Now()}
	resp, err := client.Do(r)
	if err != nil {
		a.Err = err
		return a
	}
	defer resp.Body.Close()
	a.Status, a.Header = resp.StatusCode, resp.Header
	a.Body, a.Err = io.ReadAll(resp.Body)
	return a
}

// named gives the event an id that all its requests share.
func named(ev Event) Event {
	if ev.ID == "" {
		ev.ID = newID()
	}
	return ev
}

// broken is a reader that ends too soon.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

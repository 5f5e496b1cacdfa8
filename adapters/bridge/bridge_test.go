package bridge_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/hooklatch/hooklatch/adapters/bridge"
)

// request is a native request of a small framework, in which handlers return
// errors.
type request struct {
	next   func(http.ResponseWriter, *http.Request) error
	status int
	runs   int
	failed int
}

func (n *request) Next(w http.ResponseWriter, r *http.Request) (int, error) {
	n.runs++
	return n.status, n.next(w, r)
}

func (n *request) Failed() { n.failed++ }

type layer = func(http.Handler) http.Handler

func pass(next http.Handler) http.Handler { return next }

var errNative = errors.New("native")

// serve runs one request over a bridge of the layers.
func serve(n *request, layers ...layer) (w *httptest.ResponseRecorder, called bool, err error) {
	w = httptest.NewRecorder()
	called, err = bridge.New(layers...).Serve(w, httptest.NewRequest(http.MethodPost, "/", nil), n)
	return w, called, err
}

// TestErrorIsTheFrameworks: what the layers answer to a failure, and what an
// answer that is taken back said of itself, is gone; other headers stay.
func TestErrorIsTheFrameworks(t *testing.T) {
	n := &request{next: func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("X-Native", "here")
		w.Header().Set("Content-Length", "6")
		return errNative
	}}
	w, called, err := serve(n, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r)
			w.Header().Set("X-Layer", "too late")
			http.Error(w, "layer", http.StatusBadGateway)
			_ = http.NewResponseController(w).Flush() // it must do nothing
		})
	})
	if !called || err != errNative || n.failed != 0 {
		t.Errorf("called %v, error %v, Failed %d times; want the native error, and no Once to release", called, err, n.failed)
	}
	if w.Body.Len() > 0 || w.Flushed || len(w.Header()) != 1 || w.Header().Get("X-Native") != "here" {
		t.Errorf("left on the wire: %q, header %v, flushed %v", w.Body, w.Header(), w.Flushed)
	}
}

// TestRecoveringLayer: a layer that recovers gives the answer, and if it gives
// none, the framework gets an error to answer.
func TestRecoveringLayer(t *testing.T) {
	for _, answers := range []bool{true, false} {
		n := &request{next: func(http.ResponseWriter, *http.Request) error { panic("no") }}
		w, called, err := serve(n, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				defer func() {
					if recover() != nil && answers {
						http.Error(w, "recovered", http.StatusBadGateway)
					}
				}()
				next.ServeHTTP(w, r)
			})
		})
		if !called || (err == nil) != answers || answers && w.Code != http.StatusBadGateway {
			t.Errorf("the layer answers: %v; called %v, error %v, status %d", answers, called, err, w.Code)
		}
	}
}

// TestLayerPanics: a request that no layer has let through must not be answered
// with a success by a recovery.
func TestLayerPanics(t *testing.T) {
	n := &request{}
	func() {
		defer func() {
			if v := recover(); v != "layer" {
				t.Errorf("recovered %v, want the layer's own value", v)
			}
		}()
		_, _, _ = serve(n, func(http.Handler) http.Handler {
			return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("layer") })
		})
	}()
	if n.failed != 1 || n.runs != 0 {
		t.Errorf("Failed was called %d times, Next %d times", n.failed, n.runs)
	}
}

// TestNextOnlyOnce: a layer that calls twice, or after all is over, runs
// nothing again, and sees a failure again.
func TestNextOnlyOnce(t *testing.T) {
	n := &request{status: http.StatusTeapot, next: func(http.ResponseWriter, *http.Request) error { return errNative }}
	var kept http.Handler
	var again *http.Request
	statuses := make([]int, 0, 3)
	_, _, err := serve(n, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			kept, again = next, r
			for range 2 {
				w := httptest.NewRecorder()
				next.ServeHTTP(w, r)
				statuses = append(statuses, w.Code)
			}
		})
	})
	w := httptest.NewRecorder()
	kept.ServeHTTP(w, again)
	statuses = append(statuses, w.Code)
	if n.runs != 1 || err != errNative || fmt.Sprint(statuses) != "[418 500 500]" {
		t.Errorf("%d runs, error %v, statuses %v", n.runs, err, statuses)
	}
}

// TestTooLate: nothing runs once the framework has its context back.
func TestTooLate(t *testing.T) {
	n := &request{next: func(http.ResponseWriter, *http.Request) error { return nil }}
	var late func()
	_, called, _ := serve(n, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			late = func() {
				w := httptest.NewRecorder()
				if next.ServeHTTP(w, r); w.Code != http.StatusInternalServerError {
					t.Errorf("status %d, want 500", w.Code)
				}
			}
		})
	})
	late()
	if called || n.runs != 0 {
		t.Errorf("called %v, %d runs", called, n.runs)
	}
}

// TestContextReplaced: a layer that cuts the request's context off is a fault
// of the program, and must not look like anything else.
func TestContextReplaced(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	_, _, _ = serve(&request{}, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r.WithContext(context.Background()))
		})
	})
}

func TestNilLayer(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	bridge.New(pass, nil)
}

// An adapter for a framework in which handlers return errors, in short.
func Example() {
	type handler func(http.ResponseWriter, *http.Request) error
	var h handler = func(http.ResponseWriter, *http.Request) error { return errNative }

	logging := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Println("a layer")
			next.ServeHTTP(w, r)
		})
	}
	b := bridge.New(logging)
	framework := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := b.Serve(w, r, &request{next: h})
		if err != nil {
			w.WriteHeader(http.StatusTeapot)
			_, _ = io.WriteString(w, "the framework's own answer") // a recorder takes all
		}
	})

	w := httptest.NewRecorder()
	framework.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
	fmt.Println(w.Code, w.Body)
	// Output:
	// a layer
	// 418 the framework's own answer
}

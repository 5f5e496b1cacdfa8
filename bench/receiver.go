package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"

	gojson "github.com/goccy/go-json"

	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/idempotency/memory"
	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// A Receiver names one of the receivers that are compared, as the tables do.
type Receiver string

const (
	// Bare reads the body and gives the same answer as the others: the cost
	// of net/http itself.
	Bare Receiver = "bare"

	// Floor is Bare plus the least that verifying takes: the HMAC of the
	// timestamp and the body, by a reused hash, and its comparison.
	Floor Receiver = "floor"

	// Layers is linktree.Receiver with package memory's store, in front of a
	// handler that does nothing.
	Layers Receiver = "hooklatch"

	// LRU is Layers with package lru's store.
	LRU Receiver = "hooklatch-lru"

	// Typed is Layers in front of a dispatch.Mux whose handler has its data
	// decoded by encoding/json.
	Typed Receiver = "hooklatch-typed"

	// GoJSON is Typed with github.com/goccy/go-json as the Mux's decoder.
	GoJSON Receiver = "hooklatch-gojson"

	// Recipe is [HandWritten].
	Recipe Receiver = "handwritten"
)

// Receivers lists all receivers in the order of the tables.
var Receivers = []Receiver{Bare, Floor, Layers, LRU, Typed, GoJSON, Recipe}

// Decodes reports whether the receiver decodes the event's data.
func (v Receiver) Decodes() bool { return v == Typed || v == GoJSON || v == Recipe }

// Remembers reports whether the receiver recognizes a repeated delivery.
func (v Receiver) Remembers() bool { return v != Bare && v != Floor }

// Handler returns a new receiver, which has seen no delivery. limit is the
// largest body that it accepts; zero selects the default. The receiver logs
// nothing: the cost of a log is the log's.
func (v Receiver) Handler(limit int64) (http.Handler, error) {
	switch v {
	case Bare:
		return http.HandlerFunc(bare), nil
	case Recipe:
		return HandWritten(Secret, check), nil
	case Floor:
		return floor(Secret), nil
	case Layers, LRU, Typed, GoJSON:
	default:
		return nil, fmt.Errorf("bench: no receiver %q", v)
	}
	scheme, err := provider.Linktree(Secret)
	if err != nil {
		return nil, err
	}
	quiet := slog.New(slog.DiscardHandler)
	var events http.Handler = http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	var store idempotency.Store = memory.New(nil)
	if v == LRU {
		store = lru.New(nil)
	}
	if v.Decodes() {
		mux := &dispatch.Mux{Logger: quiet}
		if v == GoJSON {
			mux.Decode = gojson.Unmarshal
		}
		mux.Handle(linktree.LinkCreated, dispatch.JSON(func(_ context.Context, e dispatch.Event[linktree.LinkCreatedData]) error {
			return check(e.Data)
		}))
		events = mux
	}
	hook := middleware.NewEndpoint("bench", &middleware.EndpointOptions{Logger: quiet})
	return linktree.Receiver(hook, scheme, store, events, &middleware.ReceiverOptions{
		BodyLimit: limit,
		MaxInHand: 4096, // a server under load serves all its connections at once
	}), nil
}

func bare(w http.ResponseWriter, r *http.Request) {
	if _, err := io.ReadAll(r.Body); err != nil {
		http.Error(w, "Bad request", http.StatusBadRequest)
		return
	}
	answer(w)
}

var contentType = []string{"application/json"}

func answer(w http.ResponseWriter) {
	w.Header()["Content-Type"] = contentType
	w.WriteHeader(http.StatusOK)
	io.WriteString(w, `{"received":true}`)
}

var errUndecoded = errors.New("bench: the data is not what was sent")

// check is the event's handler. It fails, and with it the benchmark, if a
// receiver has not decoded what it claims to.
func check(data linktree.LinkCreatedData) error {
	if len(data.LinkID) != len("lnk_")+12 || data.Position != 1 {
		return errUndecoded
	}
	return nil
}

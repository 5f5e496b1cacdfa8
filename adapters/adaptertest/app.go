package adaptertest

import (
	"context"
	"fmt"
	"net/http"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/adapters/bridge"
	"github.com/hooklatch/hooklatch/dispatch"
)

// A Framework builds a program with the framework and the adapter under test,
// as its users would write it. It is called many times.
type Framework func(App) http.Handler

// LinkCreated is the type of the events that the suite sends, but for a few.
const LinkCreated = "link.created"

// A Link is the data of such an event.
type Link struct {
	LinkID   string `json:"link_id"`
	Title    string `json:"title"`
	Position int    `json:"position"`
}

// An App says what a program is to be like. One of Handler, Typed and Mounted
// is set: it belongs to the route "/hooks/" followed by one segment, the
// parameter "tenant", for all methods.
//
// Outermost in the program is what renders errors, then After and Before, then
// the recovery if it is Outside or Silent, then the layers, then the recovery if
// it is Inside, then the handler.
type App struct {
	// Handler is a native handler behind the layers. If it returns an error,
	// the program fails in the framework's way: it returns the error, or
	// attaches it, or, where the framework knows no errors, calls
	// hooklatch.Report and renders it. A [StatusError] stands for the
	// framework's own error with that status, which wraps it.
	Handler func(Exchange) error

	// Typed is the function of the adapter's typed handler for the type
	// [LinkCreated] behind the layers, or of the [App.Mux] if the adapter
	// has none.
	Typed func(context.Context, dispatch.Event[Link]) error

	// TypedOptions are the options of the typed handler.
	TypedOptions *bridge.JSONOptions

	// Mounted is an http.Handler without layers, for the adapter's means to
	// mount one.
	Mounted http.Handler

	// Layers are the layers, outermost first. Each element is for one call of
	// the adapter's Wrap.
	Layers [][]func(http.Handler) http.Handler

	// Global puts the layers around all of the program, unknown paths and
	// methods included, rather than around the route. The program has a
	// route "/read-only", for GET alone, then.
	Global bool

	// Recovery is where the framework's own recovery from panics stands.
	Recovery Recovery

	// Swallow has a native middleware around the layers drop the error that
	// the program fails with, and answer nothing. Where the framework knows
	// no errors, the program calls hooklatch.Report and renders nothing.
	Swallow bool

	// Map, if set, is the program's own error mapper: it finds the status
	// and the text that answer an error. Nil means the framework's.
	Map func(error) (status int, text string)

	// Before and After, if set, are a native middleware around the layers:
	// before they run, and with what it sees when they have returned.
	Before func(Exchange)
	After  func(Seen)
}

// Mux returns a router with Typed, for frameworks without a typed handler.
func (a App) Mux() *dispatch.Mux {
	mux := new(dispatch.Mux)
	if o := a.TypedOptions; o != nil {
		mux.TypeMember, mux.DataMember, mux.WholeBody = o.TypeMember, o.DataMember, o.WholeBody
		mux.Decode, mux.RetryUnknown, mux.Logger = o.Decode, o.RetryUnknown, o.Logger
	}
	mux.Handle(LinkCreated, dispatch.JSON(a.Typed))
	return mux
}

// Recovery is a place for the framework's recovery from panics. It should be
// the one that the framework's users use, http.ErrAbortHandler included.
type Recovery int

// The places.
const (
	Nowhere Recovery = iota
	Outside          // of the layers
	Inside
	Silent // outside, one of the program's own that writes nothing
)

// An Exchange is a request in the hands of a native handler or middleware.
// Each method does what its user would write in the framework.
type Exchange interface {
	Request() *http.Request
	Writer() http.ResponseWriter           // the framework's
	Status(status int) error               // without a body
	Text(status int, text string) error    // as text/plain
	Inform(status int)                     // an informational status
	Flush()                                // what is written so far
	Param(name string) string              // of the route
	Bind(v any) error                      // the JSON body into v
	Delivery() (*hooklatch.Delivery, bool) // by the adapter's function, if it has one
}

// Seen is what a native middleware knows of an answer.
type Seen struct {
	Status  int
	Size    int   // of the body
	Err     error // returned by the framework's chain, where it returns one
	Request *http.Request
}

// A StatusError is an error that the program answers with the status, by the kind
// of error that the framework has for that.
type StatusError int

func (e StatusError) Error() string { return fmt.Sprintf("status %d", int(e)) }

package dispatch

import (
	"bytes"
	"context"
	"fmt"
	"net/http"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/internal/wire"
)

// serve calls an HTTP handler for a delivery that came without a request. An
// answer other than 2xx is an error, even after a 2xx, and so is silence once
// ctx is done.
func serve(ctx context.Context, h http.Handler, d *hooklatch.Delivery) (err error) {
	r, err := http.NewRequestWithContext(hooklatch.NewContext(ctx, d), http.MethodPost, "/", bytes.NewReader(d.Body))
	if err != nil {
		return err
	}
	if d.Header != nil {
		r.Header = d.Header.Clone()
	}
	defer catchAbort(&err)
	err = errNoReturn
	w := recorder{header: make(http.Header)}
	h.ServeHTTP(&w, r)
	switch {
	case w.status == 0:
		return context.Cause(ctx)
	case w.regret != 0:
		return fmt.Errorf("dispatch: the HTTP handler answered %d after a success", w.regret)
	case !wire.Success(w.status):
		return fmt.Errorf("dispatch: the HTTP handler answered %d", w.status)
	}
	return nil
}

// A recorder is a ResponseWriter that keeps the final status and nothing else.
type recorder struct {
	header http.Header
	status int
	regret int // a failure's status, written after a success
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if status < 100 || status > 999 {
		panic(fmt.Sprintf("dispatch: invalid WriteHeader code %d", status))
	}
	switch {
	case status < 200 && status != http.StatusSwitchingProtocols: // another follows
	case w.status == 0:
		w.status = status
	case wire.Success(w.status) && !wire.Success(status) && w.regret == 0:
		// net/http would drop it. Here it is what a recovery around the
		// handler writes after its panic.
		w.regret = status
	}
}

func (w *recorder) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return len(p), nil
}

package dispatch

import (
	"context"
	"net/http"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/internal/wire"
)

// answer tells the sender what came of a delivery, and the Reporter in ctx, or
// else the log, why it failed. d is nil if a layer is missing.
func (m *Mux) answer(ctx context.Context, w http.ResponseWriter, d *hooklatch.Delivery, err error) {
	switch err {
	case nil:
		wire.Answer(w, http.StatusOK, wire.Received)
		return
	case errRetryUnknown:
		wire.Later(w, wire.RetryUnknown) // reported already
		return
	}
	v := classify(err)
	status, text := http.StatusInternalServerError, wire.Oops
	switch v.class {
	case later:
		status = http.StatusServiceUnavailable
	case decode:
		status, text = http.StatusUnprocessableEntity, wire.BadData
	case envelope:
		status, text = http.StatusBadRequest, wire.NoEvent
	case unsupported:
		status, text = http.StatusUnsupportedMediaType, wire.BadMedia
	}
	disposition := hooklatch.Failed
	if panicOf(err) != nil {
		disposition = hooklatch.Panicked
	}
	if !hooklatch.Report(ctx, disposition, err) {
		m.logFailed(ctx, d, status, v, err)
	}
	if v.class == later {
		wire.Later(w, v.delay)
	} else {
		wire.Answer(w, status, text)
	}
}

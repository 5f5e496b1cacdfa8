package dispatch

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"math"
	"strings"
)

var (
	errGzip     = errors.New("malformed gzip")
	errInflated = errors.New("larger than Mux.GzipLimit once decompressed")
)

// decompress undoes the codings of a Content-Encoding header (RFC 9110, section
// 8.4), if the Mux may.
func (m *Mux) decompress(codings []string, body []byte) ([]byte, error) {
	coding := strings.ToLower(strings.Join(codings, ", "))
	switch coding {
	case "", "identity":
		return body, nil
	case "gzip", "x-gzip": // the same, section 8.4.1.3
		if m.GzipLimit > 0 {
			return inflate(body, m.GzipLimit)
		}
		return nil, &UnsupportedError{Header: "Content-Encoding", Value: coding, Hint: "Mux.GzipLimit"}
	}
	return nil, &UnsupportedError{Header: "Content-Encoding", Value: coding}
}

// inflate decompresses a body to at most limit bytes. gzip checks its sum at the
// end, so that a body is read to there or refused.
func inflate(body []byte, limit int64) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, &EnvelopeError{Err: errGzip}
	}
	text, err := io.ReadAll(io.LimitReader(r, min(limit, math.MaxInt64-1)+1))
	switch {
	case int64(len(text)) > limit:
		return nil, &EnvelopeError{Err: errInflated}
	case err != nil:
		return nil, &EnvelopeError{Err: errGzip}
	}
	return text, nil
}

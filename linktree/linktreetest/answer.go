package linktreetest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/hooklatch/hooklatch/linktree/schema"
)

const contentType = "application/json"

// Codes of more than one answer.
const (
	codeInvalid  = "invalid_request"
	codeNotFound = "not_found"
)

// An answer is what the provider means to say. It is not changed once made:
// replays share it.
type answer struct {
	status  int
	value   any         // the body, as JSON; nil is none
	header  http.Header // beside those that all answers have
	retryAt time.Time   // for Retry-After; zero is none
}

func done(status int, value any) answer { return answer{status: status, value: value} }

func failed(status int, code, format string, args ...any) answer {
	return refused(status, &schema.Error{Code: code, Message: fmt.Sprintf(format, args...)})
}

func refused(status int, err *schema.Error) answer {
	return done(status, schema.ErrorResponse{Error: *err})
}

// decode reads a body into v. It ignores members that it does not know.
func decode(body []byte, v any) (a answer, ok bool) {
	if err := json.Unmarshal(body, v); err != nil {
		return failed(http.StatusBadRequest, codeInvalid, "the body is not the JSON that is expected here"), false
	}
	return answer{}, true
}

// encode returns v as JSON, with the extra members in each of its objects.
func encode(v any, extra map[string]any) ([]byte, error) {
	body, err := json.Marshal(v)
	if err != nil || len(extra) == 0 {
		return body, err
	}
	var tree any
	if err := json.Unmarshal(body, &tree); err != nil {
		return nil, err
	}
	return json.Marshal(extend(tree, extra))
}

func extend(tree any, extra map[string]any) any {
	switch node := tree.(type) {
	case []any:
		for i := range node {
			node[i] = extend(node[i], extra)
		}
	case map[string]any:
		wide := maps.Clone(extra)
		for name, member := range node {
			wide[name] = extend(member, extra)
		}
		return wide
	}
	return tree
}

// send lets the answer go out as the exchange's fault has it.
func (p *Provider) send(w http.ResponseWriter, x *exchange, a answer) {
	f := x.fault
	if f.Latency > 0 {
		select {
		case <-time.After(f.Latency):
		case <-x.Context().Done():
			panic(http.ErrAbortHandler)
		case <-p.ctx.Done():
			panic(http.ErrAbortHandler)
		}
	}
	var body []byte
	if a.value != nil {
		var err error
		if body, err = encode(a.value, p.opts.Extra); err != nil {
			panic(fmt.Sprintf("linktreetest: %v", err))
		}
	}
	if f.Body != "" {
		body = []byte(f.Body)
	}
	bodiless := a.status == http.StatusNoContent || a.status == http.StatusNotModified
	if bodiless {
		body = nil
	}
	p.setHeader(w.Header(), x, a)
	if !bodiless {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	p.end(w, x, a.status, body)
}

// setHeader sets the headers of an answer that goes out now.
func (p *Provider) setHeader(h http.Header, x *exchange, a answer) {
	f := x.fault
	h.Set("Date", httpDate(time.Now().Add(f.ClockSkew)))
	h.Set(schema.HeaderRequestID, x.entry.ID)
	if !f.NoRateLimit {
		h.Set(schema.HeaderRateLimit, strconv.Itoa(p.opts.RequestsPerMinute))
		h.Set(schema.HeaderRateLimitRemaining, strconv.Itoa(x.rate.remaining))
		h.Set(schema.HeaderRateLimitReset, strconv.FormatInt(ceil(x.rate.resets.Add(f.ClockSkew)).Unix(), 10))
	}
	h.Set("Content-Type", contentType)
	maps.Copy(h, a.header)
	if !a.retryAt.IsZero() {
		if f.RetryAfterDate {
			h.Set("Retry-After", httpDate(ceil(a.retryAt.Add(f.ClockSkew))))
		} else {
			h.Set("Retry-After", strconv.FormatInt(retrySeconds(time.Until(a.retryAt)), 10))
		}
	}
	for name, values := range f.Header {
		// Empty rather than deleted: net/http would add its own Date.
		h[http.CanonicalHeaderKey(name)] = slices.Clone(values)
	}
}

func httpDate(t time.Time) string { return t.UTC().Format(http.TimeFormat) }

// ceil rounds up to whole seconds, so that who waits for them is not too early.
func ceil(t time.Time) time.Time {
	if down := t.Truncate(time.Second); down.Before(t) {
		return down.Add(time.Second)
	}
	return t
}

func retrySeconds(d time.Duration) int64 {
	return max(0, int64((d+time.Second-1)/time.Second))
}

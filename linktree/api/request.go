package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/hooklatch/hooklatch/linktree/schema"
)

// A Request is a call of an endpoint that the client has no method for.
type Request struct {
	Method string     // empty is GET
	Path   string     // below Options.BaseURL: absolute, escaped where it must be
	Query  url.Values // nil is none
	Body   any        // sent as JSON; nil is none

	// Op names the call in errors and observations. Empty is the method.
	Op string

	// Class is what the call counts for, such as [ClassLinks]. Empty counts
	// for the limit of all calls only.
	Class string
}

// Do sends a request through all that the client's own calls go through: it has
// the token, counts for the limits, and is sent again under the same rules. The
// answer's JSON is decoded into out; nil leaves it to the caller to look at the
// Answer, in which it is as it came. It is never answered from memory.
//
// An answer that is no success, or does not fit out, is an [*Error].
func (c *Client) Do(ctx context.Context, r Request, out any) (*Answer, error) {
	op := operation{name: r.Op, class: r.Class, method: r.Method, path: func(*schema.Paths) string { return r.Path }}
	if op.method == "" {
		op.method = http.MethodGet
	}
	if op.name == "" {
		op.name = op.method
	}
	if !isPath(r.Path) {
		return nil, invalid(op, "the path is not an absolute path, escaped where it must be")
	}
	answer, err := c.do(Fresh(ctx), request{op: op, literal: true, query: r.Query, in: r.Body}, nil)
	if err != nil || out == nil || answer.empty() {
		return answer, err
	}
	if err := json.Unmarshal(answer.Body, out); err != nil {
		e := &Error{Op: op.name, Status: answer.Status, RequestID: answer.RequestID, Err: jsonError(err)}
		return answer, e
	}
	return answer, nil
}

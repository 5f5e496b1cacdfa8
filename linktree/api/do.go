package api

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/hooklatch/hooklatch/linktree/api/internal/discreet"
	"github.com/hooklatch/hooklatch/linktree/schema"
	"github.com/hooklatch/hooklatch/transport"
)

const (
	contentType = "application/json"
	maxID       = 256 // bytes of a link's or a webhook's id
)

// A request is what a call has to say.
type request struct {
	op    operation
	id    string // for the path's {id}
	query url.Values
	in    any // nil: no body

	literal bool // the path has no {id}, whatever is in it
}

// do sends the request and decodes the answer into out; nil takes any success.
// Members that the answer lacks stay as they are in out, as all of them do after
// a write that was answered with nothing. Whatever goes wrong is an *Error.
func (c *Client) do(ctx context.Context, r request, out any) (*Answer, error) {
	req, err := c.newRequest(ctx, r)
	if err != nil {
		return nil, err
	}
	if r.op.class == ClassLinks && r.op.method != http.MethodGet {
		defer c.changedLinks()
	}
	t := new(tally)
	answer, err := c.answer(req.WithContext(context.WithValue(req.Context(), tallyKey{}, t)), r.op, out)
	if err == nil && t.foreign.Load() {
		err = &Error{Op: r.op.name, Err: ErrAccount}
	}
	if err != nil {
		return nil, t.mark(err, r.op.method)
	}
	if to := callOptions(ctx).Answer; to != nil {
		*to = *answer
	}
	return answer, nil
}

// answer sends the request and reads what comes back.
func (c *Client) answer(req *http.Request, op operation, out any) (*Answer, error) {
	resp, err := c.chain.RoundTrip(req)
	if err == nil && resp == nil {
		err = errNothing
	}
	if err != nil {
		return nil, unanswered(op, req, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, c.opts.MaxAnswer+1))
	if err != nil {
		return nil, unanswered(op, req, err)
	}
	if err := statusError(resp.StatusCode); err != nil {
		return nil, refusal(op.name, resp, body, err)
	}
	if int64(len(body)) > c.opts.MaxAnswer {
		return nil, refusal(op.name, resp, nil, ErrTooLarge)
	}
	if out != nil && (len(body) > 0 || op.method == http.MethodGet) {
		if err := decode(body, out); err != nil {
			return nil, refusal(op.name, resp, nil, err)
		}
	}
	return &Answer{
		Status: resp.StatusCode, Header: resp.Header, Body: body,
		RequestID: discreet.Word(resp.Header.Get(schema.HeaderRequestID)),
		Freshness: freshness(resp),
	}, nil
}

// mark notes in the error of a call what is known of its requests.
func (t *tally) mark(err error, method string) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	e.Attempts = int(t.sent.Load())
	if method != http.MethodGet && t.unknown.Load() {
		e.Err = fmt.Errorf("%w: %w", ErrOutcomeUnknown, e.Err)
	}
	return err
}

// errNothing is of layers of the program's own, or of its transport.
var errNothing = errors.New("there was neither an answer nor an error")

// newRequest makes the HTTP request.
func (c *Client) newRequest(ctx context.Context, r request) (*http.Request, error) {
	path := r.op.path(&c.opts.Paths)
	if !r.literal && strings.Contains(path, idMark) {
		// Some servers would take the dots for a way up, escaped or not.
		if r.id == "" || len(r.id) > maxID || r.id == "." || r.id == ".." {
			return nil, invalid(r.op, "an id of 1 to %d bytes is needed, and not one of dots", maxID)
		}
		path = strings.ReplaceAll(path, idMark, url.PathEscape(r.id))
	}
	u, err := url.Parse(c.opts.BaseURL + path)
	if err != nil {
		return nil, invalid(r.op, "the path can't be parsed")
	}
	u.RawQuery = r.query.Encode()

	var body io.Reader // nil, and not a reader of nothing: http tells them apart
	if r.in != nil {
		encoded, err := json.Marshal(r.in)
		if err != nil {
			return nil, invalid(r.op, "they can't be encoded as JSON")
		}
		body = bytes.NewReader(encoded)
	}
	req, err := http.NewRequestWithContext(c.call(ctx, r.op), r.op.method, u.String(), body)
	if err != nil {
		return nil, invalid(r.op, "they make no HTTP request")
	}
	req.Header.Set("Accept", contentType)
	req.Header.Set("Content-Type", contentType) // the contract has it on all requests
	req.Header.Set("User-Agent", c.opts.UserAgent)
	if key := callOptions(ctx).IdempotencyKey; key != "" && (r.op.method == http.MethodPost || r.op.method == http.MethodPatch) {
		req.Header.Set(c.opts.Retry.IdempotencyHeader, key)
	}
	return req, nil
}

// call tells the layers what the request is for.
func (c *Client) call(ctx context.Context, op operation) context.Context {
	o := callOptions(ctx)
	if c.opts.Account != "" {
		ctx = context.WithValue(ctx, accountKey{}, c.opts.Account)
	}
	return transport.WithCall(ctx, transport.Call{
		Operation: op.name,
		Class:     op.class,
		Timeout:   cmp.Or(o.Timeout, c.opts.Timeouts.of(op.name)),
		Fresh:     o.Fresh || op.name == OpLinks && c.keepsOldLinks(),
	})
}

// unanswered returns the error of a request that got no whole answer.
func unanswered(op operation, req *http.Request, err error) error {
	if e := (*Error)(nil); errors.As(err, &e) {
		return e // of the client's own layer
	}
	e := &Error{Op: op.name, Err: discreet.Cause(err, req.URL)}
	var refused *transport.RefusedError
	if errors.As(err, &refused) {
		e.RetryAfter = refused.RetryAfter
	}
	return e
}

// refusal returns the error of an answer that is no success.
func refusal(op string, resp *http.Response, body []byte, err error) error {
	e := &Error{
		Op:        op,
		Status:    resp.StatusCode,
		RequestID: discreet.Word(resp.Header.Get(schema.HeaderRequestID)),
		Err:       err,
	}
	e.RetryAfter, _ = transport.RetryAfter(resp.Header, time.Now())
	var answer schema.ErrorResponse
	if json.Unmarshal(body, &answer) == nil {
		e.Code = discreet.Word(answer.Error.Code)
		e.Message = discreet.Line(answer.Error.Message)
	}
	return e
}

// decode reads a JSON object. Its errors have nothing of the body but where in
// it they are: package json's repeat parts of it.
func decode(body []byte, out any) error {
	if trimmed := bytes.TrimLeft(body, " \t\r\n"); len(trimmed) == 0 || trimmed[0] != '{' {
		return malformed("no JSON object")
	}
	return jsonError(json.Unmarshal(body, out))
}

// jsonError returns what may be told of an error of package json.
func jsonError(err error) error {
	var syntax *json.SyntaxError
	var member *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &syntax):
		return malformed("no JSON at byte %d", syntax.Offset)
	case errors.As(err, &member):
		return malformed("member %q is no %v", withoutIndexes(member.Field), member.Type)
	}
	return malformed("a member of another form")
}

// withoutIndexes returns a member's path as all versions of package json can
// tell it: from Go 1.27 on it has the positions in lists, too.
func withoutIndexes(field string) string {
	return strings.Join(slices.DeleteFunc(strings.Split(field, "."), func(name string) bool {
		return name != "" && strings.Trim(name, "0123456789") == ""
	}), ".")
}

// lacks returns the error of an answer without the member that everything else
// is known by.
func lacks(op operation, member string) error {
	return &Error{Op: op.name, Err: malformed("no member %q", member)}
}

package transport

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"time"
)

// passed learns from an answer to a request that is none of Stale's: it may
// have changed what is kept.
func (s *stale) passed(req *http.Request, resp *http.Response) {
	unmark(resp)
	if resp.StatusCode == http.StatusUnauthorized {
		s.forget(req, sentToken(resp))
	}
	switch req.Method {
	case "", http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return
	}
	if resp.StatusCode < 400 {
		s.kept.remove(s.key(req, sentToken(resp)))
	}
}

// learn takes in what an answer says about the URL, and returns the token that
// it was really got with. asked is the one by which the source was looked up:
// it may have been replaced in the meantime, and if so its answer goes too. The
// error is that of the answer's body, which is closed then.
func (s *stale) learn(req *http.Request, resp *http.Response, asked string) (string, error) {
	unmark(resp)
	token := sentToken(resp)
	if token != asked && token != "" && s.opts.account(req.Context()) == "" {
		s.kept.remove(s.key(req, asked))
	}
	if token == "" {
		return asked, nil
	}
	key := s.key(req, token)
	switch resp.StatusCode {
	case http.StatusUnauthorized:
		s.forget(req, token)
	case http.StatusForbidden, http.StatusNotFound, http.StatusGone:
		s.kept.remove(key)
	case http.StatusOK:
		e, err := s.entry(req, resp)
		if err != nil {
			return token, err
		}
		if e == nil {
			s.kept.remove(key)
		} else {
			s.kept.add(key, e)
		}
	}
	return token, nil
}

// forget drops all that is kept for the token of a request, or its account: it is
// valid no more.
func (s *stale) forget(req *http.Request, token string) {
	s.kept.removeAll(s.owner(req, token))
}

// sentToken returns the token that the answered request went out with, or "".
func sentToken(resp *http.Response) string {
	if resp.Request == nil {
		return ""
	}
	return bearer(resp.Request)
}

// unmark removes what only Stale may say of an answer.
func unmark(resp *http.Response) {
	delete(resp.Header, "Cache-Status")
	delete(resp.Header, "Age")
}

// entry reads the answer and returns it as it is to be kept, or nil if it may
// not or is too large. In both cases the whole body is there to be read. It is
// not if there is an error.
func (s *stale) entry(req *http.Request, resp *http.Response) (*staleEntry, error) {
	vary, ok := varied(req, resp.Header)
	room := int64(s.opts.MaxEntry)
	for name, values := range resp.Header {
		for _, v := range values {
			room -= int64(len(name) + len(v))
		}
	}
	if !ok || noStore(resp.Header) || room < 0 || resp.ContentLength > room {
		return nil, nil
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, room+1))
	if err != nil {
		resp.Body.Close()
		return nil, fmt.Errorf("body of the answer: %w", err)
	}
	if int64(len(body)) > room {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(bytes.NewReader(body), resp.Body), resp.Body}
		return nil, nil
	}
	resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(body))
	header := http.Header{}
	maps.Copy(header, resp.Header.Clone())
	return &staleEntry{
		got:  time.Now(),
		size: entryOverhead + int64(s.opts.MaxEntry) - room + int64(len(body)) + int64(len(req.URL.String())),
		vary: vary,
		body: body,
		head: http.Response{
			Status: resp.Status, StatusCode: resp.StatusCode,
			Proto: resp.Proto, ProtoMajor: resp.ProtoMajor, ProtoMinor: resp.ProtoMinor,
			Header: header, ContentLength: int64(len(body)), Uncompressed: resp.Uncompressed,
		},
	}, nil
}

// varied returns the headers of the request on which its answer depends: those
// that the answer names, and those that it may have forgotten to. It is false
// if the answer depends on more than headers.
func varied(req *http.Request, answer http.Header) (http.Header, bool) {
	vary := http.Header{}
	for _, name := range append(elements(answer, "Vary"), "Accept", "Accept-Encoding", "Accept-Language") {
		if name == "*" {
			return nil, false
		}
		name = http.CanonicalHeaderKey(name)
		vary[name] = append([]string(nil), req.Header[name]...)
	}
	return vary, true
}

func noStore(h http.Header) bool {
	for _, directive := range elements(h, "Cache-Control") {
		if strings.EqualFold(directive, "no-store") {
			return true
		}
	}
	return false
}

// elements returns the elements of a header that is a list (RFC 9110, section
// 5.6.1). A comma within quotes divides too: no more is found than there is.
func elements(h http.Header, name string) []string {
	list := strings.FieldsFunc(strings.Join(h[name], ","), func(r rune) bool { return r == ',' })
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return list
}

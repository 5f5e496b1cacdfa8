package adaptertest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// bodies is about the request's body.
var bodies = []behaviour{
	{"chunked-body-captured", func(p *probe) {
		r := newRig(p)
		r.serve(r.app(func(x Exchange) error { return x.Text(200, "thanks") }))
		ev := event()
		req := r.request(ev)
		req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(ev.Body)), -1
		first := r.do(req)
		r.want(first, 200, "thanks")
		r.resend(ev, first, done)
	}},
	{"body-already-consumed", func(p *probe) {
		r := newRig(p)
		a := r.app(func(x Exchange) error { return x.Text(200, "thanks") })
		a.Before = func(x Exchange) { _, _ = io.Copy(io.Discard, x.Request().Body) } // the sender is well
		r.serve(a).want(r.send(event()), 500, "")
		r.wantStore(0, 0)
		if log := r.log.String(); !strings.Contains(log, "consumed before") {
			p.errorf("the log does not say that the body was consumed:\n%s", log)
		}
	}},
	{"body-over-limit-unfinished-chunk", func(p *probe) {
		r := newRig(p)
		r.serve(r.app(func(Exchange) error { return nil }))
		r.raw("Transfer-Encoding: chunked\r\n", func(w io.Writer) {
			fmt.Fprintf(w, "%x\r\n%s", bodyLimit+100, strings.Repeat(" ", bodyLimit+1))
		}, 413)
	}},
	{"body-over-limit-unfinished", func(p *probe) {
		r := newRig(p)
		r.serve(r.app(func(Exchange) error { return nil }))
		r.raw(fmt.Sprintf("Content-Length: %d\r\n", 2*bodyLimit), func(w io.Writer) {
			_, _ = io.WriteString(w, "{") // the answer tells
		}, 413)
	}},
	{"expect-100-early-reject", func(p *probe) {
		r := newRig(p)
		r.serve(r.app(func(Exchange) error { return nil }))
		r.scheme, _ = provider.Linktree("another secret")
		stale := time.Now().Add(-time.Hour)
		r.rawAt(stale, "Expect: 100-continue\r\nContent-Length: 100\r\n", nil, 403)
	}},
}

// raw writes a request by hand, of which not all of the body comes, and wants
// the answer at once, and the connection closed.
func (r *rig) raw(head string, body func(io.Writer), status int) {
	r.rawAt(time.Now(), head, body, status)
}

func (r *rig) rawAt(at time.Time, head string, body func(io.Writer), status int) {
	p := r.p
	conn, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(r.url, "http://"), path))
	if err != nil {
		p.fatalf("%v", err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience)) // it is a TCP connection
	h := make(http.Header)
	if err := r.scheme.Sign(h, verify.Envelope{ID: "evt", Time: at}, nil); err != nil {
		p.fatalf("%v", err)
	}
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: test\r\n%s", path, head)
	_ = h.Write(conn)                   // the answer tells
	_, _ = io.WriteString(conn, "\r\n") // the answer tells
	if body != nil {
		body(conn)
	}
	start := time.Now()
	in := bufio.NewReader(conn)
	resp, err := http.ReadResponse(in, nil)
	if err != nil {
		p.errorf("no answer while the rest of the body does not come: %v", err)
		return
	}
	defer resp.Body.Close()
	if resp.StatusCode != status {
		p.errorf("status %d, want %d", resp.StatusCode, status)
	}
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		p.errorf("answer cut off: %v", err)
	}
	if took := time.Since(start); took > patience/2 {
		p.errorf("the answer took %v, want it at once", took)
	}
	if _, err := in.ReadByte(); err != io.EOF {
		p.errorf("the connection is not closed: %v", err)
	}
}

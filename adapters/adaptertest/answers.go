package adaptertest

import (
	"errors"
	"io"
	"net/http"
)

// ends makes a behaviour of a handler's way to end.
func ends(name string, w want, h func(Exchange) error) behaviour {
	return behaviour{name, func(p *probe) {
		r := newRig(p)
		r.serve(r.app(h)).settle(w)
	}}
}

// answers are the ways in which a handler gives an answer by itself.
var answers = []behaviour{
	ends("silence", want{done, 200, received}, func(Exchange) error { return nil }),
	ends("explicit-200", want{done, 200, "thanks"}, func(x Exchange) error { return x.Text(200, "thanks") }),
	ends("implicit-200", want{done, 200, "thanks"}, func(x Exchange) error {
		_, err := io.WriteString(x.Writer(), "thanks")
		return err
	}),
	ends("accepted-202", want{done, 202, "later"}, func(x Exchange) error { return x.Text(202, "later") }),
	ends("no-content-204", want{done, 204, ""}, func(x Exchange) error { return x.Status(204) }),
	ends("more-than-is-held-back", want{done, 200, large}, func(x Exchange) error {
		return x.Text(200, large)
	}),
	ends("flush", want{done, 200, ""}, func(x Exchange) error { x.Flush(); return nil }),
	ends("flush-between", want{done, 200, "onetwo"}, func(x Exchange) error {
		err := x.Text(200, "one")
		x.Flush()
		_, werr := io.WriteString(x.Writer(), "two")
		return errors.Join(err, werr)
	}),
	ends("status-500-body", want{released, 500, "no"}, func(x Exchange) error { return x.Text(500, "no") }),
	ends("status-only-500", want{released, 500, ""}, func(x Exchange) error { return x.Status(500) }),
	ends("status-only-404", want{released, 404, ""}, func(x Exchange) error { return x.Status(404) }),
	ends("redirect-302", want{released, 302, ""}, func(x Exchange) error { return x.Status(302) }),

	// Which of the two counts is the framework's business.
	ends("status-overwritten-before-body", want{end: either, body: "no"}, func(x Exchange) error {
		return errors.Join(x.Status(200), x.Text(500, "no"))
	}),
	ends("status-overwritten-by-success", want{end: either}, func(x Exchange) error {
		return errors.Join(x.Status(500), x.Text(200, "thanks"))
	}),
	{"header-of-the-handler", func(p *probe) {
		r := newRig(p)
		got := r.serve(r.app(func(x Exchange) error {
			x.Writer().Header().Set("X-Handler", "was here")
			return x.Text(http.StatusOK, "thanks")
		})).settle(want{done, 200, "thanks"})
		if got.header.Get("X-Handler") != "was here" {
			p.errorf("the handler's header is lost: %v", got.header)
		}
	}},
}

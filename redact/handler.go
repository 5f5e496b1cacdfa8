package redact

import (
	"context"
	"log/slog"
	"reflect"
)

// Options are what [NewHandler] can be told. Nil and the zero value are ready
// to use.
type Options struct {
	// Names are further names whose values are masked whole, such as
	// "account". A name matches if it ends in one of them, leaving aside
	// case, punctuation, digits after it and a plural's s: billing_account,
	// Account2 and accounts all match. These always do: authorization, token,
	// secret, password, passwd, passphrase, pwd, cookie, credential, api key,
	// access key, private key, secret key, signing key, encryption key, jwt,
	// bearer, otp, session id, signature, dsn, raw query, query string.
	Names []string

	// Open are names, of those that are masked because they are personal,
	// whose values are to be seen: "name", for a program that logs no
	// people's. They match as Names do. The personal ones are those of
	// attributes, fields and members: email, mail, email address, phone,
	// phone number, telephone, mobile, msisdn, fax, first name, last name,
	// full name, surname, given name, family name, real name, birth date,
	// birthday, date of birth, postal address, street address, ssn, iban,
	// credit card, card number, cvv, cvc, and name, if it is just that.
	Open []string

	// Literals are secrets as they are, such as the program's own token: they
	// are masked wherever they stand, also escaped as in JSON or in a URL.
	// Empty ones are left out; one of fewer than 6 bytes makes NewHandler
	// panic, since it would mask half of the log.
	Literals []string
}

// NewHandler returns a handler that masks each record, as the package's
// documentation says, and passes it on to next.
//
// Masked are the message, the keys and values of attributes, those of
// WithAttrs and the names of groups also, and all that values hold:
//
//   - What is named as a secret becomes [Mask], and so does each value in a
//     group of [slog.Handler.WithGroup] that is named so. Left are booleans,
//     what is zero or empty, and numbers under a plural, as in max_tokens.
//   - A text is masked as [String] does. Errors become errors of the masked
//     text, which wrap nothing. Other types with a form of their own
//     (json.Marshaler, encoding.TextMarshaler, fmt.Formatter, fmt.Stringer)
//     become that form, masked: the first of these that they have. A
//     [slog.LogValuer] is resolved, and a method that panics makes its value a
//     Mask.
//   - The address types of net and net/netip stay of their type. URLs become
//     strings, raw JSON stays JSON, bytes stay bytes; these and texts are
//     decoded if they are JSON, so that no escape hides anything. A
//     [net/url.Values] keeps its names only.
//   - Structs, maps, slices and pointers are looked into. One that holds
//     something to mask is rebuilt: a struct and a map as a map[string]any, a
//     slice and an array as a []any, a pointer as what it points to. Of a
//     struct, the exported fields are kept, under the names and with the
//     omissions of their json tags. One that holds itself, goes deeper than
//     32 levels or has more than 10,000 values is rebuilt too, with a Mask
//     where that is so.
//
// All else is passed on as it is, of the same type, and without allocation if
// it is of a kind that slog keeps without one. As [slog.TextHandler] does, the
// handler reads unexported fields too: don't log what is being changed.
//
// The handler may be used concurrently if next may. NewHandler panics if next is
// nil, one of o's names has no letter or digit, or a literal is too short.
func NewHandler(next slog.Handler, o *Options) slog.Handler {
	if next == nil {
		panic("redact: NewHandler: nil handler")
	}
	return &handler{next: next, mask: newMasker(o)}
}

type handler struct {
	next   slog.Handler
	mask   *masker
	sealed bool // within a group that is named as a secret
}

func (h *handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	msg := h.mask.text(r.Message)
	changed := msg != r.Message
	var few [8]slog.Attr
	attrs := few[:0]
	r.Attrs(func(a slog.Attr) bool {
		masked, now := h.attr(a)
		changed = changed || now
		attrs = append(attrs, masked)
		return true
	})
	if !changed {
		return h.next.Handle(ctx, r)
	}
	masked := slog.NewRecord(r.Time, r.Level, msg, r.PC)
	masked.AddAttrs(attrs...)
	return h.next.Handle(ctx, masked)
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	masked := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		masked[i], _ = h.attr(a)
	}
	return &handler{h.next.WithAttrs(masked), h.mask, h.sealed}
}

func (h *handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	one, several := h.mask.private(name)
	return &handler{h.next.WithGroup(h.mask.text(name)), h.mask, h.sealed || one || several}
}

func (h *handler) attr(a slog.Attr) (slog.Attr, bool) {
	return h.mask.attr(a, h.sealed, 0)
}

// attr masks an attribute; sealed masks its value whatever it is.
func (m *masker) attr(a slog.Attr, sealed bool, depth int) (slog.Attr, bool) {
	key := m.text(a.Key)
	lazy := a.Value.Kind() == slog.KindLogValuer
	v := a.Value.Resolve()
	value, changed := v, false
	if one, several := m.private(a.Key); sealed || one || several {
		value, changed = m.hide(v, sealed || one)
	} else if v.Kind() == slog.KindString && isQuery(a.Key, v.String()) {
		value, changed = slog.StringValue(Mask), true
	}
	if !changed {
		value, changed = m.slogValue(v, depth)
	}
	return slog.Attr{Key: key, Value: value}, changed || lazy || key != a.Key
}

// hide masks a value that is named as a secret.
func (m *masker) hide(v slog.Value, numbers bool) (slog.Value, bool) {
	switch v.Kind() {
	case slog.KindBool:
		return v, false
	case slog.KindInt64, slog.KindUint64, slog.KindFloat64, slog.KindDuration, slog.KindTime:
		if !numbers {
			return v, false
		}
	case slog.KindString:
		if v.String() == "" {
			return v, false
		}
	case slog.KindGroup:
		if len(v.Group()) == 0 {
			return v, false
		}
	case slog.KindAny:
		if !hides(reflect.ValueOf(v.Any()), numbers) {
			return v, false
		}
	}
	return slog.StringValue(Mask), true
}

func (m *masker) slogValue(v slog.Value, depth int) (slog.Value, bool) {
	switch v.Kind() {
	case slog.KindString:
		if s := m.text(v.String()); s != v.String() {
			return slog.StringValue(s), true
		}
	case slog.KindGroup:
		if depth > maxDepth {
			return slog.StringValue(Mask), true
		}
		return m.group(v, depth)
	case slog.KindAny:
		if out, changed := m.any(v.Any()); changed {
			return slog.AnyValue(out), true
		}
	}
	return v, false
}

func (m *masker) group(v slog.Value, depth int) (slog.Value, bool) {
	attrs := v.Group()
	var out []slog.Attr
	for i, a := range attrs {
		masked, changed := m.attr(a, false, depth+1)
		if changed && out == nil {
			out = append(make([]slog.Attr, 0, len(attrs)), attrs[:i]...)
		}
		if out != nil {
			out = append(out, masked)
		}
	}
	if out == nil {
		return v, false
	}
	return slog.GroupValue(out...), true
}

package verify

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	// maxVariants is how many bytes Explain's variants of a body may have
	// together.
	maxVariants = 16 << 20

	// maxParts is how many members of a body, or fields of a form, are tried
	// alone.
	maxParts = 16
)

// A bodyVariant is a body that may have been signed.
type bodyVariant struct {
	bytes   []byte
	finding *Finding // nil for the body as it is
}

// A variantList collects what a body may have been.
type variantList struct {
	all  []bodyVariant
	size int
	full bool
}

// add adds what the function returns, unless it is there already or nil.
func (l *variantList) add(m Mistake, detail string, variant func() []byte) {
	if l.full {
		return
	}
	b := variant()
	if b == nil {
		return
	}
	for _, v := range l.all {
		if bytes.Equal(v.bytes, b) {
			return
		}
	}
	if l.size += len(b); l.size > maxVariants {
		l.full = true
		return
	}
	l.all = append(l.all, bodyVariant{b, &Finding{m, detail}})
}

// bodyVariants returns the body, then what it may have been.
func (d *diagnosis) bodyVariants(body []byte) []bodyVariant {
	l := variantList{all: []bodyVariant{{bytes: body}}}
	l.addEnds(body)
	l.addTexts(body)
	switch {
	case len(body) > maxReprint || depth(body) > maxDepth:
		l.full = true
	case isForm(body):
		l.addParts(body)
		l.addForms(body)
	case json.Valid(body):
		l.addParts(body)
		l.addReprints(body)
	default:
		l.addParts(body)
	}
	d.e.Incomplete = l.full
	return l.all
}

// addEnds adds the body with another beginning or end.
func (l *variantList) addEnds(body []byte) {
	add := func(detail string, b func() []byte) { l.add(MistakeBodyEnd, detail, b) }
	add("without the newline at its end", func() []byte {
		return bytes.TrimSuffix(bytes.TrimSuffix(body, []byte("\n")), []byte("\r"))
	})
	add("with a newline at its end", func() []byte { return concat(body, "\n") })
	add(`with "\r\n" at its end`, func() []byte { return concat(body, "\r\n") })
	add("without the white space around it", func() []byte { return bytes.TrimSpace(body) })
	add("without the NUL bytes at its end (a buffer longer than the body?)", func() []byte { return bytes.TrimRight(body, "\x00") })
}

// addTexts adds the body's text, converted.
func (l *variantList) addTexts(body []byte) {
	add := func(detail string, b func() []byte) { l.add(MistakeBodyText, detail, b) }
	add(`with "\n" for "\r\n"`, func() []byte { return bytes.ReplaceAll(body, []byte("\r\n"), []byte("\n")) })
	add(`with "\r\n" for "\n"`, func() []byte { return bytes.ReplaceAll(body, []byte("\n"), []byte("\r\n")) })
	add("without its byte order mark", func() []byte { return bytes.TrimPrefix(body, []byte("\ufeff")) })
	add("with a byte order mark before it", func() []byte { return append([]byte("\ufeff"), body...) })
	add("converted from UTF-8 to Latin-1", func() []byte { return toSingleBytes(body, latin1) })
	add("converted from UTF-8 to Windows-1252", func() []byte { return toSingleBytes(body, windows1252) })
	add("converted from Latin-1 to UTF-8", func() []byte { return fromSingleBytes(body, latin1) })
	add("converted from Windows-1252 to UTF-8", func() []byte { return fromSingleBytes(body, windows1252) })
	add("decoded from base64", func() []byte { return unbase64(base64.RawStdEncoding, body) })
	add("decoded from base64url", func() []byte { return unbase64(base64.RawURLEncoding, body) })
	add("encoded in base64", func() []byte { return base64.StdEncoding.AppendEncode(nil, body) })
	add("decompressed", func() []byte { return gunzip(body) })
	add("taken out of the JSON string that it is", func() []byte {
		var text string
		if len(body) == 0 || body[0] != '"' || json.Unmarshal(body, &text) != nil {
			return nil
		}
		return []byte(text)
	})
	add("as a JSON string", func() []byte { return quote(string(body)) })
	add("decoded from a URL", func() []byte {
		text, err := url.QueryUnescape(string(body))
		if err != nil {
			return nil
		}
		return []byte(text)
	})
}

func unbase64(e *base64.Encoding, body []byte) []byte {
	b, err := e.DecodeString(strings.TrimRight(string(body), "=\r\n"))
	if err != nil || len(b) == 0 {
		return nil
	}
	return b
}

func concat(b []byte, end string) []byte {
	return append(b[:len(b):len(b)], end...)
}

// gunzip returns what body decompresses to, or nil.
func gunzip(body []byte) []byte {
	r, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil
	}
	b, err := io.ReadAll(io.LimitReader(r, maxVariants/4))
	if err != nil {
		return nil
	}
	return b
}

// addParts adds parts of the body that may have been signed alone, and wholes
// of which it may be a part.
func (l *variantList) addParts(body []byte) {
	add := func(detail string, b []byte) { l.add(MistakeBodyPart, detail, func() []byte { return b }) }
	if isForm(body) {
		for i, pair := range bytes.SplitN(body, []byte("&"), maxParts+1) {
			name, value, _ := strings.Cut(string(pair), "=")
			text := []byte(unescapeForm(value))
			switch {
			case i == maxParts:
			case name == "payload":
				add(`the form's field "payload" alone`, text)
			default:
				add(fmt.Sprintf("the form's field %d alone", i+1), text)
			}
		}
		return
	}
	escaped := url.QueryEscape(string(body))
	add(`the form whose field "payload" it is`, []byte("payload="+escaped))
	add(`the form whose field "payload" it is, with %20 for a space`, []byte("payload="+strings.ReplaceAll(escaped, "+", "%20")))
	for i, value := range members(body) {
		add(fmt.Sprintf("the value of its member %d alone", i+1), value)
	}
}

// members returns the values of a JSON object's first members, as they are.
func members(body []byte) []json.RawMessage {
	d := json.NewDecoder(bytes.NewReader(body))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil
	}
	var values []json.RawMessage
	for len(values) < maxParts && d.More() {
		var value json.RawMessage
		if _, err := d.Token(); err != nil || d.Decode(&value) != nil {
			break
		}
		values = append(values, value)
	}
	return values
}

// inspectBody says what the body itself shows, after all has been tried.
func (d *diagnosis) inspectBody(body []byte) {
	if text := d.header.Get("Content-Length"); text != "" {
		if n, err := strconv.Atoi(text); err == nil && n != len(body) {
			d.find(MistakeBodyEnd, fmt.Sprintf("the Content-Length is %d, and the body has %d bytes", n, len(body)))
		}
	}
	if bytes.ContainsRune(body, utf8.RuneError) && utf8.Valid(body) {
		d.find(MistakeBodyText, "it has U+FFFD, which stands for bytes that a conversion lost")
	}
	if isCutJSON(body) {
		d.find(MistakeBodyEnd, "its JSON stops in the middle")
	}
	if first(d.header["Content-Encoding"]) != "" && gunzip(body) == nil {
		d.find(MistakeBodyText, "by its Content-Encoding it was compressed: an earlier layer may have decompressed it")
	}
}

// isCutJSON reports whether the body is the beginning of some JSON: the error is
// not in it, but after it.
func isCutJSON(body []byte) bool {
	var syntax *json.SyntaxError
	err := json.Unmarshal(concat(body, " "), new(json.RawMessage))
	return len(body) > 0 && errors.As(err, &syntax) && syntax.Offset > int64(len(body))
}

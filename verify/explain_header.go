package verify

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
	"time"
)

// readHeaders finds the headers' texts, wherever they are, and says what is
// wrong with them.
func (x *explainer) readHeaders(h http.Header) {
	x.spec = &x.scheme.spec
	first, _ := x.scheme.headerSet(h)
	set := first.Headers
	for _, own := range x.scheme.sets {
		if x.look(h, set.Signature) == "" {
			set = own.Headers
		}
	}
	if x.look(h, set.Signature) == "" {
		if spec, headers, ok := otherProvider(h, x.providers); ok {
			x.find(MistakeProvider, spec.Name)
			x.spec, set = spec, headers
		}
	}
	x.signature = x.text(h, set.Signature)
	x.timestamp = x.text(h, set.Timestamp)
	x.id = x.text(h, set.ID)
	if prefix := x.spec.TimestampPrefix; prefix != "" {
		for element := range strings.SplitSeq(x.signature, x.spec.Separator) {
			if t, ok := strings.CutPrefix(element, prefix); ok {
				x.timestamp = t
				break
			}
		}
	}
	var refused *Error
	if errors.As(x.e.Err, &refused) && errors.Is(refused, ErrMissing) && x.look(h, refused.Header) == "" {
		x.find(MistakeHeaderMissing, refused.Header)
	}
}

// otherProvider returns the provider whose signature header is there.
func otherProvider(h http.Header, providers []Spec) (*Spec, Headers, bool) {
	for i := range providers {
		spec := &providers[i]
		for _, headers := range append([]Headers{spec.Headers}, spec.Aliases...) {
			if len(h[textproto.CanonicalMIMEHeaderKey(headers.Signature)]) > 0 {
				return spec, newHeaderSet(spec.Name, headers).Headers, true
			}
		}
	}
	return nil, Headers{}, false
}

// look returns the key under which the header is in h, in whatever spelling.
func (x *explainer) look(h http.Header, name string) string {
	if len(h[name]) > 0 {
		return name
	}
	for k, values := range h {
		if len(values) > 0 && strings.EqualFold(strings.ReplaceAll(k, "_", "-"), name) {
			return k
		}
	}
	return ""
}

// text returns a header's first value.
func (x *explainer) text(h http.Header, name string) string {
	if name == "" {
		return ""
	}
	k := x.look(h, name)
	if k == "" {
		return ""
	}
	if k != name {
		x.find(MistakeHeaderName, name)
	}
	if len(h[k]) > 1 {
		x.find(MistakeHeaderRepeated, name)
	}
	return h[k][0]
}

// readTime says what is wrong with the timestamp.
func (x *explainer) readTime() {
	if x.timestamp == "" || !x.scheme.hasTimestamp {
		return
	}
	now, unit := x.scheme.now(), x.scheme.spec.TimestampUnit
	t, ok := parseTimestamp(x.timestamp, unit)
	if ok {
		x.e.Skew = now.Sub(t)
		if x.e.Skew.Abs() <= x.scheme.tolerance() {
			return
		}
	}
	for _, u := range [...]time.Duration{time.Second, time.Millisecond, time.Microsecond, time.Nanosecond} {
		other, readable := parseTimestamp(x.timestamp, u)
		// A year: near enough to the present to be no coincidence.
		if skew := now.Sub(other); readable && u != unit && skew.Abs() < 365*24*time.Hour {
			x.e.Skew = skew
			x.find(MistakeTimestampUnit, fmt.Sprintf("it counts units of %v, not %v", u, unit))
			return
		}
	}
	switch {
	case !ok:
		x.find(MistakeHeaderFormat, "the timestamp is not a whole number in decimal digits")
	case x.e.Skew > 0:
		x.find(MistakeClock, x.e.Skew.Round(time.Second).String()+" in the past")
	default:
		x.find(MistakeClock, (-x.e.Skew).Round(time.Second).String()+" in the future")
	}
}

// readCandidates decodes the signatures: as the scheme would, and if it can't,
// in whatever way they can be.
func (x *explainer) readCandidates() {
	elements := []string{x.signature}
	if x.spec.Separator != "" {
		elements = strings.SplitN(x.signature, x.spec.Separator, 2*maxSignatures)
	}
	for _, element := range elements {
		text, ok := strings.CutPrefix(element, x.spec.Prefix)
		if !ok && x.scheme.hasEd25519 {
			text, ok = strings.CutPrefix(element, x.scheme.spec.PublicKeyPrefix)
		}
		if b := decodeAs(x.spec.Encoding, text); ok && b != nil {
			x.candidates = append(x.candidates, candidate{bytes: b})
		}
	}
	if len(x.candidates) > 0 || x.signature == "" {
		return
	}
	separators := func(r rune) bool { return strings.ContainsRune(" \t,;", r) }
	for _, element := range strings.FieldsFunc(x.signature[:min(len(x.signature), maxHeader)], separators) {
		for _, c := range decodeLoosely(element, x.spec) {
			if len(x.candidates) < maxSignatures {
				x.candidates = append(x.candidates, c)
			}
		}
	}
	if len(x.candidates) == 0 {
		x.find(MistakeHeaderFormat, "the signature is neither hex nor base64 of a known length")
	}
}

// decodeLoosely decodes a signature in any encoding and after any prefix.
func decodeLoosely(element string, spec *Spec) []candidate {
	text := strings.Trim(element, `"'`)
	prefix := ""
	if i := strings.IndexByte(text, '='); i > 0 && i <= 16 && strings.Trim(text[i:], "=") != "" {
		prefix, text = text[:i+1], text[i+1:]
	}
	var found []candidate
	for _, encoding := range [...]Encoding{Hex, Base64, Base64URL} {
		if b := decodeAs(encoding, text); b != nil {
			detail := "the signature is in " + encoding.String()
			if encoding == spec.Encoding {
				detail = "the signature does not follow the prefix " + fmt.Sprintf("%q", spec.Prefix)
				if prefix == spec.Prefix {
					detail = "the signature is not alone in its header"
				}
			}
			found = append(found, candidate{bytes: b, finding: &Finding{MistakeHeaderFormat, detail}})
		}
	}
	return found
}

// decodeAs returns the signature that text is in an encoding, or nil if it
// isn't as long as any.
func decodeAs(e Encoding, text string) []byte {
	if len(text) > 2*maxText {
		return nil
	}
	var b []byte
	var err error
	switch e {
	case Base64:
		b, err = strictBase64.DecodeString(text)
	case Base64URL:
		b, err = base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
	default:
		b, err = hex.DecodeString(text)
	}
	if err != nil || !slices.Contains([]int{20, 32, 48, 64}, len(b)) {
		return nil
	}
	return b
}

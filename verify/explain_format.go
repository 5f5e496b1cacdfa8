package verify

import (
	"fmt"
	"strings"
	"time"
)

// A formatVariant is a string that may have been signed.
type formatVariant struct {
	parts
	signed  template
	finding *Finding // nil for the scheme's own
}

// signedStrings are what senders sign, the commonest first.
var signedStrings = [...]string{
	"{body}",
	"{timestamp}.{body}",
	"{timestamp}{body}",
	"{timestamp}:{body}",
	"v0:{timestamp}:{body}",
	"{id}.{timestamp}.{body}",
	"{id}.{body}",
	"{body}.{timestamp}",
	"{body}{timestamp}",
	"{timestamp},{body}",
	"{timestamp}\n{body}",
	"{timestamp}|{body}",
	"{timestamp}-{body}",
	"{timestamp}_{body}",
	"{timestamp};{body}",
	"{timestamp} {body}",
	"{timestamp}/{body}",
	"{body}:{timestamp}",
	"{body}|{timestamp}",
	"{body},{timestamp}",
	"v1:{timestamp}:{body}",
	"v1.{timestamp}.{body}",
	"{timestamp}.{id}.{body}",
	"{id}:{timestamp}:{body}",
	"{timestamp}:{id}:{body}",
	"{id}|{timestamp}|{body}",
	"{id}\n{timestamp}\n{body}",
	"{id},{timestamp},{body}",
	"{id}:{body}",
	"{body}.{id}",
}

// formatVariants returns the scheme's own format, then the same with other
// timestamps, then other formats.
func (d *diagnosis) formatVariants() []formatVariant {
	own := d.scheme.spec.Signed
	if own == "" {
		own = bodyMark
	}
	written := d.parts
	written.timestamp, written.id = d.timestamp, d.id
	variants := []formatVariant{{signed: d.scheme.signed, parts: written}}
	if d.scheme.hasTimestamp {
		for _, t := range d.otherTimestamps() {
			other := written
			other.timestamp = t.text
			variants = append(variants, formatVariant{
				signed: d.scheme.signed, parts: other,
				finding: &Finding{MistakeTimestampUnit, t.how + " in the string that was signed"},
			})
		}
	}
	variants = append(variants, d.urlVariants(written)...)
	tried := map[string]bool{own: true}
	add := func(text string) {
		signed, err := parseTemplate(text, false)
		if text == "" || tried[text] || err != nil ||
			signed.index(timestampMark) >= 0 && d.timestamp == "" || signed.index(idMark) >= 0 && d.id == "" ||
			!d.scheme.needsRequest && (signed.index(urlMark) >= 0 || signed.index(methodMark) >= 0) {
			return
		}
		tried[text] = true
		variants = append(variants, formatVariant{
			signed: signed, parts: written,
			finding: &Finding{MistakeSigned, fmt.Sprintf("%q, not %q%s", text, own, d.likeProvider(text))},
		})
	}
	for _, text := range signedStrings {
		add(text)
	}
	for i := range d.providers {
		add(d.providers[i].Signed)
	}
	if unescaped, err := parseTemplate(`{timestamp}\n{body}`, false); err == nil && d.timestamp != "" {
		variants = append(variants, formatVariant{
			signed: unescaped, parts: written,
			finding: &Finding{MistakeSigned, `a backslash and an n for a newline between timestamp and body`},
		})
	}
	return variants
}

// urlVariants returns the scheme's own format with other URLs.
func (d *diagnosis) urlVariants(written parts) []formatVariant {
	if d.scheme.signed.index(urlMark) < 0 {
		return nil
	}
	var variants []formatVariant
	add := func(base, target, how string) {
		if base == written.base && target == written.target {
			return
		}
		other := written
		other.base, other.target = base, target
		variants = append(variants, formatVariant{parts: other, signed: d.scheme.signed, finding: &Finding{MistakeURL, how}})
	}
	base, rest, _ := strings.Cut(written.base, "://")
	swapped := map[string]string{"https": "http", "http": "https"}[base]
	path, query, hasQuery := strings.Cut(written.target, "?")
	if hasQuery {
		query = "?" + query
	}
	add(swapped+"://"+rest, written.target, "it begins with "+swapped)
	add(written.base, path, "it has no query")
	add(written.base, strings.TrimSuffix(path, "/")+query, "it has no slash at its end")
	add(written.base, strings.TrimSuffix(path, "/")+"/"+query, "it has a slash at its end")
	add("", path+query, "it is only the path and the query")
	return variants
}

// A writtenTime is the timestamp, written in another way.
type writtenTime struct{ text, how string }

// otherTimestamps returns the timestamp in other units, as it might have been
// signed.
func (d *diagnosis) otherTimestamps() []writtenTime {
	t, ok := parseTimestamp(d.timestamp, d.guessedUnit())
	if !ok {
		return nil
	}
	var all []writtenTime
	for _, unit := range [...]time.Duration{time.Second, time.Millisecond, time.Microsecond, time.Nanosecond} {
		if text, err := formatTimestamp(t, unit); err == nil && text != d.timestamp {
			all = append(all, writtenTime{text, fmt.Sprintf("with %d digits", len(text))})
		}
	}
	for _, layout := range [...]string{"2006-01-02T15:04:05Z", "2006-01-02T15:04:05.000Z"} {
		all = append(all, writtenTime{t.Format(layout), "as " + layout})
	}
	return all
}

// guessedUnit returns the unit that the timestamp's digits are of.
func (d *diagnosis) guessedUnit() time.Duration {
	switch n := len(d.timestamp); {
	case n <= 11:
		return time.Second
	case n <= 14:
		return time.Millisecond
	case n <= 17:
		return time.Microsecond
	default:
		return time.Nanosecond
	}
}

// likeProvider names the provider that signs this.
func (d *diagnosis) likeProvider(text string) string {
	for i := range d.providers {
		spec := &d.providers[i]
		if spec.Signed == text || spec.Signed == "" && text == bodyMark {
			return ", as " + spec.displayName()
		}
	}
	return ""
}

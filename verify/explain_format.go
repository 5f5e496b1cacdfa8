package verify

import (
	"fmt"
	"time"
)

// A formatVariant is a string that may have been signed.
type formatVariant struct {
	signed        template
	timestamp, id string
	finding       *Finding // nil for the scheme's own
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
	variants := []formatVariant{{signed: d.scheme.signed, timestamp: d.timestamp, id: d.id}}
	if d.scheme.hasTimestamp {
		for _, t := range d.otherTimestamps() {
			variants = append(variants, formatVariant{
				signed: d.scheme.signed, timestamp: t.text, id: d.id,
				finding: &Finding{MistakeTimestampUnit, t.how + " in the string that was signed"},
			})
		}
	}
	tried := map[string]bool{own: true}
	add := func(text string) {
		signed, err := parseTemplate(text)
		if text == "" || tried[text] || err != nil ||
			signed.index(timestampMark) >= 0 && d.timestamp == "" || signed.index(idMark) >= 0 && d.id == "" {
			return
		}
		tried[text] = true
		variants = append(variants, formatVariant{
			signed: signed, timestamp: d.timestamp, id: d.id,
			finding: &Finding{MistakeSigned, fmt.Sprintf("%q, not %q%s", text, own, d.likeProvider(text))},
		})
	}
	for _, text := range signedStrings {
		add(text)
	}
	for i := range d.providers {
		add(d.providers[i].Signed)
	}
	if unescaped, err := parseTemplate(`{timestamp}\n{body}`); err == nil && d.timestamp != "" {
		variants = append(variants, formatVariant{
			signed: unescaped, timestamp: d.timestamp, id: d.id,
			finding: &Finding{MistakeSigned, `a backslash and an n for a newline between timestamp and body`},
		})
	}
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

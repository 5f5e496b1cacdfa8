package verify

import "fmt"

// A formatVariant is a string that may have been signed.
type formatVariant struct {
	signed        template
	timestamp, id string
	finding       *Finding // nil for the scheme's own
}

// signedStrings are what providers sign, the commonest first.
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
	"{timestamp}\n{body}",
	"{timestamp}|{body}",
	"{timestamp}-{body}",
	"v1:{timestamp}:{body}",
}

// formatVariants returns the scheme's own format, then the same with other
// units of the timestamp, then other formats.
func (x *explainer) formatVariants() []formatVariant {
	own := x.scheme.spec.Signed
	if own == "" {
		own = bodyMark
	}
	variants := []formatVariant{{signed: x.scheme.signed, timestamp: x.timestamp, id: x.id}}
	if x.scheme.hasTimestamp {
		for _, t := range otherUnits(x.timestamp) {
			variants = append(variants, formatVariant{
				signed: x.scheme.signed, timestamp: t, id: x.id,
				finding: &Finding{MistakeTimestampUnit, fmt.Sprintf("with %d digits in the string that was signed", len(t))},
			})
		}
	}
	for _, text := range signedStrings {
		signed, err := parseTemplate(text)
		if text == own || err != nil ||
			signed.index(timestampMark) >= 0 && x.timestamp == "" || signed.index(idMark) >= 0 && x.id == "" {
			continue
		}
		variants = append(variants, formatVariant{
			signed: signed, timestamp: x.timestamp, id: x.id,
			finding: &Finding{MistakeSigned, fmt.Sprintf("%q, not %q%s", text, own, x.likeProvider(text))},
		})
	}
	return variants
}

// otherUnits returns a timestamp in seconds in milliseconds, and the other way
// round.
func otherUnits(timestamp string) []string {
	for i := range len(timestamp) {
		if timestamp[i] < '0' || timestamp[i] > '9' {
			return nil
		}
	}
	switch {
	case len(timestamp) > maxDigits || timestamp == "":
		return nil
	case len(timestamp) > 12:
		return []string{timestamp[:len(timestamp)-3]}
	default:
		return []string{timestamp + "000"}
	}
}

// likeProvider names the provider that signs this.
func (x *explainer) likeProvider(text string) string {
	for i := range x.providers {
		spec := &x.providers[i]
		if spec.Signed == text || spec.Signed == "" && text == bodyMark {
			return ", as " + spec.Name
		}
	}
	return ""
}

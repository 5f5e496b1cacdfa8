package verify

import (
	"errors"
	"strconv"
	"time"
)

const (
	maxDigits  = 19           // of a timestamp; the longest now: nanoseconds
	maxSeconds = 253402300799 // the last second of the year 9999
)

// maxRFC3339 is how long a timestamp of RFC 3339 may be, with nine digits of a
// fraction and a zone.
const maxRFC3339 = len("2006-01-02T15:04:05.999999999-07:00")

// parseTime parses a timestamp as the spec writes it.
func (s *Spec) parseTime(text string) (time.Time, bool) {
	if s.TimestampLayout == "" {
		return parseTimestamp(text, s.TimestampUnit)
	}
	// time.Parse takes an hour of one digit, which RFC 3339 does not.
	if len(text) > maxRFC3339 || len(text) < 20 || text[4] != '-' || text[13] != ':' {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339, text)
	return t.UTC(), err == nil && t.Unix() >= 0 && t.Unix() <= maxSeconds
}

// formatTime writes a timestamp as the spec does.
func (s *Spec) formatTime(t time.Time) (string, error) {
	if s.TimestampLayout == "" {
		return formatTimestamp(t, s.TimestampUnit)
	}
	if sec := t.Unix(); sec < 0 || sec > maxSeconds {
		return "", errors.New("time is before 1970 or after 9999")
	}
	return t.UTC().Format(time.RFC3339), nil
}

// parseTimestamp parses a whole number of units since 1970 in decimal digits: no
// sign, no space, no fraction. Nineteen digits fit in 64 bits. It accepts nothing
// after the year 9999, so that no sum with the result can overflow.
func parseTimestamp(text string, unit time.Duration) (time.Time, bool) {
	if text == "" || len(text) > maxDigits {
		return time.Time{}, false
	}
	var v uint64
	for i := range len(text) {
		d := text[i] - '0'
		if d > 9 {
			return time.Time{}, false
		}
		v = v*10 + uint64(d)
	}
	perSecond := uint64(time.Second / unit)
	if v/perSecond > maxSeconds {
		return time.Time{}, false
	}
	return time.Unix(int64(v/perSecond), int64(v%perSecond)*int64(unit)).UTC(), true
}

// formatTimestamp writes t as a whole number of units since 1970, rounded
// down.
func formatTimestamp(t time.Time, unit time.Duration) (string, error) {
	sec := t.Unix()
	if sec < 0 || sec > maxSeconds {
		return "", errors.New("time is before 1970 or after 9999")
	}
	perSecond := int64(time.Second / unit)
	if unit == time.Nanosecond && sec > (1<<63-1)/perSecond-1 {
		return "", errors.New("time is too late for nanoseconds")
	}
	return strconv.FormatInt(sec*perSecond+int64(t.Nanosecond())/int64(unit), 10), nil
}

package verify

import (
	"errors"
	"fmt"
	"time"
)

const (
	// Nearer to the present than a year, a timestamp read in another unit is
	// no coincidence.
	nearPresent = 365 * 24 * time.Hour

	// The least time zone, and the most that clocks differ besides.
	zoneUnit  = 15 * time.Minute
	zoneSlack = 20 * time.Second
)

// readTime says what is wrong with the timestamp.
func (d *diagnosis) readTime() {
	if d.timestamp == "" || !d.scheme.hasTimestamp {
		return
	}
	now, unit := d.scheme.now(), d.scheme.spec.TimestampUnit
	t, ok := d.scheme.spec.parseTime(d.timestamp)
	if ok {
		d.e.Skew = now.Sub(t)
		if d.e.Skew.Abs() <= d.scheme.tolerance() {
			return
		}
	}
	for _, u := range [...]time.Duration{time.Second, time.Millisecond, time.Microsecond, time.Nanosecond} {
		other, readable := parseTimestamp(d.timestamp, u)
		if skew := now.Sub(other); readable && u != unit && skew.Abs() < nearPresent {
			d.e.Skew = skew
			d.find(MistakeTimestampUnit, fmt.Sprintf("it counts units of %v, not %v", u, unit))
			return
		}
	}
	switch skew := d.e.Skew; {
	case !ok:
		form := "a whole number in decimal digits"
		if d.scheme.spec.TimestampLayout != "" {
			form = "of RFC 3339"
		}
		d.find(MistakeHeaderFormat, "the timestamp is not "+form)
	case skew > 0:
		d.find(MistakeClock, skew.Round(time.Second).String()+" in the past"+likeZone(skew))
	default:
		d.find(MistakeClock, (-skew).Round(time.Second).String()+" in the future"+likeZone(skew))
	}
}

// likeZone says if a skew is that of a time zone.
func likeZone(skew time.Duration) string {
	skew = skew.Abs()
	if skew <= 14*time.Hour+zoneSlack && (skew-skew.Round(zoneUnit)).Abs() <= zoneSlack {
		return ", as if local time were taken for UTC"
	}
	return ""
}

// readTimeMember says how far a time in the body is from the clock, if that is
// why a request whose signature is right was refused.
func (d *diagnosis) readTimeMember(body []byte) {
	if d.scheme.spec.TimestampMember == "" || !errors.Is(d.e.Err, ErrExpired) {
		return
	}
	t, ok := d.scheme.spec.parseTime(d.scheme.members.timestamp(body))
	if !ok {
		return
	}
	d.e.Skew = d.scheme.now().Sub(t)
	d.find(MistakeClock, d.e.Skew.Round(time.Second).String()+" in the past"+likeZone(d.e.Skew))
}

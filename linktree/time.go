package linktree

import (
	"encoding/json"
	"math"
	"reflect"
	"strconv"
	"time"
)

// A Time is a moment in a payload. It is read from an RFC 3339 string or from
// a number of Unix seconds, with or without a fraction, and written as an RFC
// 3339 string. Null leaves it as it is: zero, in a fresh payload.
type Time struct{ time.Time }

// The years that RFC 3339 can write, 0000 to 9999: a number outside of them is
// not seconds.
var (
	firstSecond = float64(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC).Unix())
	endSecond   = float64(time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC).Unix())
)

// UnmarshalJSON implements [json.Unmarshaler]. Its error is a
// [*json.UnmarshalTypeError] and does not quote the payload. Numbers beyond the
// year 9999, such as a time in milliseconds, are refused. Times from numbers
// are in UTC, precise to a microsecond.
func (t *Time) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	if len(b) > 0 && b[0] == '"' {
		var at time.Time
		if at.UnmarshalJSON(b) != nil {
			return mismatch("string")
		}
		t.Time = at
		return nil
	}
	seconds, err := strconv.ParseFloat(string(b), 64)
	if err != nil || !(firstSecond <= seconds && seconds < endSecond) {
		return mismatch(kindOf(b))
	}
	whole, fraction := math.Modf(seconds)
	t.Time = time.Unix(int64(whole), int64(math.Round(fraction*1e6))*1e3).UTC()
	return nil
}

func mismatch(kind string) error {
	return &json.UnmarshalTypeError{Value: kind, Type: reflect.TypeFor[Time]()}
}

// kindOf names the kind of a JSON value, by its first byte.
func kindOf(b []byte) string {
	switch string(b[:min(1, len(b))]) {
	case "{":
		return "object"
	case "[":
		return "array"
	case "t", "f":
		return "bool"
	}
	return "number"
}

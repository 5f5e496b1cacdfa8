package verify

import (
	"math/big"
	"strings"
	"testing"
	"time"
)

var timestampUnits = [...]time.Duration{time.Second, time.Millisecond, time.Microsecond, time.Nanosecond}

// FuzzTimestamp compares parseTimestamp with arithmetic that can't overflow.
func FuzzTimestamp(f *testing.F) {
	for _, text := range []string{
		"", "0", "1700000000", "1700000000123", "-1", "+1", " 1", "1 ", "1_0", "253402300799", "253402300800",
		"9999999999999999999", "99999999999999999999", "18446744073709551616", "0x1", "1e9", "１",
	} {
		for i := range timestampUnits {
			f.Add(text, byte(i))
		}
	}
	f.Fuzz(func(t *testing.T, text string, u byte) {
		unit := timestampUnits[int(u)%len(timestampUnits)]
		got, ok := parseTimestamp(text, unit)

		digits := text != "" && len(text) <= 19 && strings.Trim(text, "0123456789") == ""
		if !digits {
			if ok {
				t.Fatalf("%q was accepted", text)
			}
			return
		}
		v, _ := new(big.Int).SetString(text, 10)
		nanos := v.Mul(v, big.NewInt(int64(unit)))
		sec, nsec := new(big.Int).DivMod(nanos, big.NewInt(1e9), new(big.Int))
		if want := sec.Cmp(big.NewInt(253402300799)) <= 0; ok != want {
			t.Fatalf("%q: ok = %v", text, ok)
		}
		if ok && (got.Unix() != sec.Int64() || int64(got.Nanosecond()) != nsec.Int64()) {
			t.Fatalf("%q: %v, want %v.%09d", text, got, sec, nsec)
		}
		if ok {
			back, err := formatTimestamp(got, unit)
			if want := strings.TrimLeft(text, "0"); err == nil && back != want && back != "0" {
				t.Fatalf("%q: formatted as %q", text, back)
			}
		}
	})
}

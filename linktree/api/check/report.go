package check

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"strings"
	"time"

	"github.com/hooklatch/hooklatch/linktree/api/internal/discreet"
)

// A Status is how an item of a [Report] came out.
type Status string

// The statuses.
const (
	Pass    Status = "pass"    // as it should be
	Warn    Status = "warn"    // works, or could not be asked, but should be looked at
	Fail    Status = "fail"    // does not work
	Skipped Status = "skipped" // was not looked at, as another item or the time did not allow it
	Off     Status = "off"     // is left out, as the options don't name it
)

// A Report is what [Run] has found. Its texts can be logged and shown: they have
// no token, of URLs at most the host, and no control characters.
type Report struct {
	Time  time.Time // when the check began
	Items []Item
}

// An Item is one thing that was checked.
type Item struct {
	Name     string // one of the constants above, such as [Health]
	Status   Status
	Detail   string        // what was found, and what to do about it
	Duration time.Duration // how long it took; 0 if nothing was sent for it
	Err      error         // what went wrong, such as an [*api.Error]; nil if no request failed

	// Numbers are what was measured: "remaining" and "limit" (requests) of
	// Headroom, "certificate_days" of Webhook, "active" (subscriptions) of
	// Subscription, "token_days" of Auth, "skew_seconds" (negative: this
	// clock is ahead) and "within_seconds" of Clock. What is not known is not
	// there.
	Numbers map[string]float64
}

// with returns the item with a number.
func (i Item) with(name string, value float64) Item {
	numbers := maps.Clone(i.Numbers)
	if numbers == nil {
		numbers = map[string]float64{}
	}
	numbers[name] = value
	i.Numbers = numbers
	return i
}

// Status returns the worst status of the items. One that was skipped leaves
// something open: it counts as Warn. One that is off counts as Pass.
func (r *Report) Status() Status {
	worst := Pass
	for _, item := range r.Items {
		switch item.Status {
		case Fail:
			return Fail
		case Warn, Skipped:
			worst = Warn
		}
	}
	return worst
}

// ExitCode returns what a program exits with that was run to check: 0 for Pass,
// 1 for Warn and 2 for Fail.
func (r *Report) ExitCode() int {
	switch r.Status() {
	case Pass:
		return 0
	case Warn:
		return 1
	}
	return 2
}

// String returns the report as text: a line for each item, one more for its
// error if it has one, and at the end one that counts.
func (r *Report) String() string {
	var b strings.Builder
	count := map[Status]int{}
	for _, item := range r.Items {
		count[item.Status]++
		fmt.Fprintf(&b, "%-7s  %-12s  %s", item.Status, item.Name, item.Detail)
		if d := item.Duration.Round(100 * time.Microsecond); d > 0 {
			fmt.Fprintf(&b, " (%v)", d)
		}
		b.WriteByte('\n')
		if item.Err != nil {
			fmt.Fprintf(&b, "%23s  %s\n", "", errorText(item.Err))
		}
	}
	fmt.Fprintf(&b, "\n%s: %d passed, %d warned, %d failed, %d skipped",
		r.Status(), count[Pass], count[Warn], count[Fail], count[Skipped])
	if n := count[Off]; n > 0 {
		fmt.Fprintf(&b, ", %d off", n)
	}
	b.WriteByte('\n')
	return b.String()
}

// WriteTo writes the text of String.
func (r *Report) WriteTo(w io.Writer) (int64, error) {
	n, err := io.WriteString(w, r.String())
	return int64(n), err
}

// MarshalJSON returns the report as an object with the members "status", the
// worst one; "exit_code"; "time", in the form of RFC 3339; and "items", a list
// of what [Item.MarshalJSON] returns. These names stay.
func (r *Report) MarshalJSON() ([]byte, error) {
	items := r.Items
	if items == nil {
		items = []Item{}
	}
	return json.Marshal(struct {
		Status   Status    `json:"status"`
		ExitCode int       `json:"exit_code"`
		Time     time.Time `json:"time"`
		Items    []Item    `json:"items"`
	}{r.Status(), r.ExitCode(), r.Time, items})
}

// MarshalJSON returns the item as an object with the members "name", "status",
// "detail", "duration_ms" and, if there are any, "numbers" and "error". These
// names stay.
func (i Item) MarshalJSON() ([]byte, error) {
	var text string
	if i.Err != nil {
		text = errorText(i.Err)
	}
	return json.Marshal(struct {
		Name       string             `json:"name"`
		Status     Status             `json:"status"`
		Detail     string             `json:"detail"`
		DurationMS int64              `json:"duration_ms"`
		Numbers    map[string]float64 `json:"numbers,omitempty"`
		Error      string             `json:"error,omitempty"`
	}{i.Name, i.Status, i.Detail, i.Duration.Milliseconds(), i.Numbers, text})
}

// errorText returns an error in one line. That of a webhook URL can have words
// of the server that answers there.
func errorText(err error) string { return discreet.Line(err.Error()) }

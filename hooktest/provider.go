package hooktest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// ProviderEvent returns an event of the provider with a fresh id, and a body of
// the provider's form: with the id, the type and the time where the provider puts
// those that it sends in the body. What else a handler wants to read, add to the
// Body, or write an [Event] of your own.
func ProviderEvent(p provider.Info, typ string) Event {
	ev := Event{ID: newID(), Type: typ}
	switch p.Spec.Name {
	case "adyen":
		ev.Body = adyenBody(ev)
	case "braintree":
		payload := "<notification><kind>" + typ + "</kind><subject>" + ev.ID + "</subject></notification>"
		ev.Body = form("bt_payload", base64.StdEncoding.EncodeToString([]byte(payload)))
	case "mailgun":
		ev.Body = object(map[string]any{
			"signature":  map[string]any{"token": ev.ID},
			"event-data": map[string]any{"id": ev.ID, "event": typ},
		})
	case "mandrill":
		ev.Body = form("mandrill_events", string(object([]any{map[string]any{"_id": ev.ID, "event": typ}})))
	case "twilio":
		ev.Body = form("MessageSid", ev.ID, "MessageStatus", typ, "From", "+15005550006")
	default:
		ev.Body = jsonBody(p.Spec, ev)
	}
	return ev
}

// ProviderRequest returns the event's request as the provider of s sends it, for a
// handler's ServeHTTP: a POST to the target with the signature, or the token,
// where that provider puts it, be that a header, the query or the body. It does
// what [NewRequest] does, and serves providers that sign the URL, too: the target
// is a path, perhaps with a query, as the receiver's server sees it.
//
// The Content-Type is that of package provider's row; JSON for other schemes.
func ProviderRequest(t testing.TB, target string, s *verify.Scheme, ev Event) *http.Request {
	t.Helper()
	r := verify.Request{Method: http.MethodPost, Target: target, Header: http.Header{}}
	body, err := s.SignRequest(&r, ev.envelope(now(s)), ev.Body)
	if err != nil {
		t.Fatalf("hooktest: signing the event: %v", err)
	}
	req := httptest.NewRequest(http.MethodPost, r.Target, bytes.NewReader(body))
	req.Header = r.Header
	req.Header.Set("Content-Type", contentType)
	if p, ok := provider.Lookup(s.Name()); ok && p.Form {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return req
}

// jsonBody puts id, type and time where the spec looks for them.
func jsonBody(spec verify.Spec, ev Event) []byte {
	var root any = map[string]any{"hooktest": ev.ID} // so that no two bodies are equal
	types := spec.TypeMembers[:min(1, len(spec.TypeMembers))]
	for _, path := range types {
		root = set(root, path, ev.Type)
	}
	if len(spec.IDMembers) > 0 {
		for path := range strings.SplitSeq(spec.IDMembers[0], "+") {
			if !slices.Contains(types, path) {
				root = set(root, path, ev.ID)
			}
		}
	}
	if path := spec.TimestampMember; path != "" {
		at := ev.Time
		if at.IsZero() {
			at = time.Now()
		}
		root = set(root, path, at.UnixNano()/int64(max(spec.TimestampUnit, 1)))
	}
	return object(root)
}

// set sets the member at the path and returns the root, which is an array if the
// path begins with one.
func set(root any, path string, value any) any {
	first, rest, more := strings.Cut(path, ".")
	name, each := strings.CutSuffix(first, "[]")
	if name == "" {
		array, ok := root.([]any)
		if !ok {
			array = []any{root}
		}
		array[0] = set(array[0], rest, value)
		return array
	}
	members, ok := root.(map[string]any)
	if !ok {
		members = map[string]any{}
	}
	switch {
	case each:
		members[name] = set(members[name], "[]."+rest, value)
	case more:
		members[name] = set(members[name], rest, value)
	default:
		members[name] = value
	}
	return members
}

func adyenBody(ev Event) []byte {
	return object(map[string]any{"live": "false", "notificationItems": []any{map[string]any{
		"NotificationRequestItem": map[string]any{
			"amount":              map[string]any{"currency": "EUR", "value": 1000},
			"eventCode":           ev.Type,
			"merchantAccountCode": "TestMerchant",
			"merchantReference":   "reference",
			"pspReference":        ev.ID,
			"success":             "true",
		},
	}}})
}

// object returns the JSON of v, which can be encoded.
func object(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("hooktest: " + err.Error())
	}
	return b
}

// form returns a form of names and values.
func form(pairs ...string) []byte {
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return []byte(values.Encode())
}

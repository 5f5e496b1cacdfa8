package verify_test

import (
	"net/http"
	"testing"
)

func TestBodyMembers(t *testing.T) {
	for _, c := range []struct{ preset, body, id, typ string }{
		{"stripe", `{"id":"evt_1","type":"a.b"}`, "evt_1", "a.b"},
		{"stripe", ` {"type":"\u0061.b","x":[1],"id":"evt_1"}`, "evt_1", "a.b"},
		{"stripe", `{"type":"a.b"}`, "", "a.b"},
		{"stripe", `{"id":5,"type":null}`, "5", ""},
		{"stripe", `{"id":5.0,"type":1e3}`, "", ""},
		{"stripe", `{"id":-7,"type":""}`, "-7", ""},
		{"stripe", `{"id":9007199254740993,"type":true}`, "9007199254740993", ""},
		{"stripe", `{"id":1000000000000000000000000000000000000000,"type":"x"}`, "", "x"},
		{"stripe", `{"id":"evt_1","id":"evt_2","type":"a.b"}`, "", ""},
		{"stripe", `{"id":"evt_1","type":"a.b"} x`, "", ""},
		{"stripe", `{"data":{"id":"evt_1","type":"a.b"}}`, "", ""},
		{"stripe", `not JSON`, "", ""},
		{"stripe", ``, "", ""},
		{"slack", `{"type":"event_callback","event_id":"Ev1","event":{"type":"app_mention"}}`, "Ev1", "app_mention"},
		{"slack", `{"type":"url_verification","challenge":"x"}`, "", "url_verification"},
		{"slack", `{"type":"event_callback","event_id":"Ev1","event":{"text":"x"}}`, "Ev1", "event_callback"},
		{"slack", `{"type":"event_callback","event_id":"Ev1","event":{"type":"a","type":"b"}}`, "Ev1", ""},
		{"slack", `token=x&command=%2Fy`, "", ""},
		{"linktree", `{"id":"x","type":"link.created"}`, "id-1", ""},
		{"github", `{"id":"x","type":"y"}`, "id-1", "some.type"},
		{"shopify", `{"id":1}`, "id-1", "some.type"},
		{"standard-webhooks", `{"id":"x","type":"y"}`, "id-1", ""},
	} {
		p := presetNamed(c.preset)
		s := p.scheme(t, p.new)
		h := http.Header{}
		p.sign(h, p.new, "id-1", now, c.body)
		env, err := s.Verify(t.Context(), h, []byte(c.body))
		if err != nil || env.ID != c.id || env.Type != c.typ {
			t.Errorf("%s: %s: id %q, type %q, %v; want %q, %q", c.preset, c.body, env.ID, env.Type, err, c.id, c.typ)
		}
	}
}

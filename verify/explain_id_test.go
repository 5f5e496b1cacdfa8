package verify_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch/verify/provider"
)

// TestExplainID: an id that a body or a header should have is missed by name.
func TestExplainID(t *testing.T) {
	stripe, err := provider.Stripe("whsec_x")
	if err != nil {
		t.Fatal(err)
	}
	github, err := provider.GitHub("secret")
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		got  error
		want string // empty: no error
	}{
		"there":             {stripe.ExplainID(nil, []byte(`{"id":"evt_1"}`)), ""},
		"byte order mark":   {stripe.ExplainID(nil, []byte("\ufeff"+`{"id":"evt_1"}`)), "byte order mark"},
		"Latin-1":           {stripe.ExplainID(nil, []byte("{\"id\":\"evt_1\",\"name\":\"K\xe4se\"}")), "UTF-8"},
		"ID beside id":      {stripe.ExplainID(nil, []byte(`{"ID":"evt_1","id":"evt_1"}`)), "can't be read"},
		"number":            {stripe.ExplainID(nil, []byte(`{"id":1}`)), ""},
		"fraction":          {stripe.ExplainID(nil, []byte(`{"id":1.5}`)), "no text or whole number"},
		"missing":           {stripe.ExplainID(nil, []byte(`{}`)), "no text or whole number in member id"},
		"empty body":        {stripe.ExplainID(nil, nil), "can't be read"},
		"header":            {github.ExplainID(http.Header{"X-Github-Delivery": {"1"}}, nil), ""},
		"header missing":    {github.ExplainID(http.Header{}, nil), "X-Github-Delivery is missing"},
		"nothing of a body": {stripe.ExplainID(nil, []byte(`{"secret":"evt_1","SECRET":1,"id"`)), "can't be read"},
	} {
		switch {
		case tt.want == "" && tt.got != nil:
			t.Errorf("%s: %v, want none", name, tt.got)
		case tt.want != "" && (tt.got == nil || !strings.Contains(tt.got.Error(), tt.want)):
			t.Errorf("%s: error %v, want one with %q", name, tt.got, tt.want)
		case tt.got != nil && strings.Contains(tt.got.Error(), "evt_1"):
			t.Errorf("%s: the error quotes the body: %v", name, tt.got)
		}
	}
}

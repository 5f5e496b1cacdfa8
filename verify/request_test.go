package verify_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch/verify"
)

// urlSpec signs method, URL and body, joined so that the test can write them.
func urlSpec(public string) verify.Spec {
	return verify.Spec{
		Name: "acme", Headers: verify.Headers{Signature: "Sig"}, Signed: "{method} {url} {body}", PublicURL: public,
	}
}

func TestRequestURL(t *testing.T) {
	for _, c := range []struct{ public, target, signed string }{
		{"https://a.example", "/x?y=z", "https://a.example/x?y=z"},
		{"https://a.example", "/", "https://a.example/"},
		{"http://a.example:8080", "/x", "http://a.example:8080/x"},
		{"https://a.example", "/%2f?a=b%20c&&", "https://a.example/%2f?a=b%20c&&"},
		{"https://a.example", "http://other.example:1/x?y", "https://a.example/x?y"},
		{"https://a.example", "http://other.example", "https://a.example/"},
		{"https://a.example", "http://other.example?y", "https://a.example/?y"},
		{"https://a.example", "/x://y", "https://a.example/x://y"},
		{"https://a.example/hook", "/elsewhere?y=z", "https://a.example/hook?y=z"},
		{"https://a.example/hook", "/elsewhere", "https://a.example/hook"},
		{"https://a.example/", "/elsewhere?", "https://a.example/?"},
		{"https://a.example", "*", ""},
		{"https://a.example", "x", ""},
		{"https://a.example", "//b.example/x", "https://a.example//b.example/x"},
	} {
		s, err := verify.New(urlSpec(c.public), "key")
		if err != nil {
			t.Fatal(err)
		}
		r := verify.Request{Method: "PUT", Target: c.target, Header: http.Header{"Sig": {hexMAC("key", "PUT "+c.signed+" body")}}}
		_, err = s.VerifyRequest(t.Context(), r, []byte("body"))
		var e *verify.Error
		if (err == nil) != (c.signed != "") || err != nil && !errors.As(err, &e) {
			t.Errorf("%s at %s: %v, want that %q is signed", c.target, c.public, err, c.signed)
		}
	}
}

// TestWithoutRequest: what can't be decided is not refused, for it may be genuine.
func TestWithoutRequest(t *testing.T) {
	s, err := verify.New(urlSpec("https://a.example"), "key")
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{"Sig": {hexMAC("key", " https://a.example body")}}
	for _, r := range []verify.Request{{Header: h}, {Header: h, Method: "POST"}, {Header: h, Target: "/"}} {
		var e *verify.Error
		if _, err := s.VerifyRequest(t.Context(), r, []byte("body")); err == nil || errors.As(err, &e) {
			t.Errorf("%q %q: %v, want an error that refuses nothing", r.Method, r.Target, err)
		}
	}
	if err := s.Sign(h, verify.Envelope{}, nil); err == nil {
		t.Error("Sign made a signature without a URL")
	}
	if e := s.Explain(h, []byte("body"), nil); e.Err == nil || len(e.Findings) > 0 {
		t.Errorf("Explain: %v", e)
	}
}

func TestNewRequest(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/a%2Fb?c=d", nil)
	r.URL.Path, r.URL.RawPath = "/changed", "" // by a router
	if got := verify.NewRequest(r); got.Method != "POST" || got.Target != "/a%2Fb?c=d" {
		t.Errorf("%+v", got)
	}
	r, err := http.NewRequest(http.MethodPut, "https://a.example/x?y", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("A", "b")
	if got := verify.NewRequest(r); got.Method != "PUT" || got.Target != "/x?y" || got.Header.Get("A") != "b" {
		t.Errorf("%+v", got)
	}
}

// TestExplainURL: the usual mistakes about URLs are named.
func TestExplainURL(t *testing.T) {
	s, err := verify.New(urlSpec("https://a.example"), "key")
	if err != nil {
		t.Fatal(err)
	}
	for signed, detail := range map[string]string{
		"http://a.example/x/?y=z": "it begins with http",
		"https://a.example/x/":    "it has no query",
		"https://a.example/x?y=z": "it has no slash at its end",
		"/x/?y=z":                 "it is only the path and the query",
	} {
		h := http.Header{"Sig": {hexMAC("key", "POST "+signed+" body")}}
		e := s.Explain(h, []byte("body"), &verify.ExplainOptions{Method: "POST", Target: "/x/?y=z"})
		if !e.Matched || !e.Has(verify.MistakeURL) || !strings.Contains(e.String(), detail) {
			t.Errorf("%s: %v, want %q", signed, e, detail)
		}
	}
}

func ExampleScheme_VerifyRequest() {
	scheme, err := verify.New(verify.Spec{
		Name:      "acme",
		Headers:   verify.Headers{Signature: "Acme-Signature"},
		Signed:    "{url}{body}",
		PublicURL: "https://hooks.example.com", // as configured at Acme
	}, "my secret")
	if err != nil {
		fmt.Println(err)
		return
	}
	body := []byte(`{}`)
	r := httptest.NewRequest(http.MethodPost, "/webhooks/acme?v=2", strings.NewReader(string(body)))
	request := verify.NewRequest(r)
	if _, err := scheme.SignRequest(&request, verify.Envelope{}, body); err != nil {
		fmt.Println(err)
	}
	env, err := scheme.VerifyRequest(r.Context(), request, body)
	fmt.Println(env, err)

	request.Target = "/webhooks/acme?v=1"
	_, err = scheme.VerifyRequest(r.Context(), request, body)
	fmt.Println(err)
	// Output:
	// acme <nil>
	// verify: acme: Acme-Signature: does not match
}

package transport_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch/transport"
)

func TestStaticToken(t *testing.T) {
	source := transport.StaticToken("s3cret")
	for _, rejected := range []string{"", "s3cret", "other"} {
		if token, err := source.Token(t.Context(), rejected); token != "s3cret" || err != nil {
			t.Errorf("Token(%q) = %q, %v, want the one there is", rejected, token, err)
		}
	}
	if token, err := transport.StaticToken("").Token(t.Context(), ""); token != "" || !errors.Is(err, transport.ErrNoToken) {
		t.Errorf("Token of no token = %q, %v, want ErrNoToken", token, err)
	}
}

// TestStaticTokenIsNotShown, neither itself nor in what holds it.
func TestStaticTokenIsNotShown(t *testing.T) {
	source := transport.StaticToken("s3cret")
	held := struct {
		Source transport.Source
		hidden transport.Source
	}{source, source}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		fmt.Fprintf(&out, verb+" "+verb+" "+verb+"\n", source, held, &held)
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("", "source", source, "held", held, "pointer", &held)
	}
	if err := json.NewEncoder(&out).Encode(held); err != nil {
		t.Error(err)
	}
	for _, form := range []string{"s3cret", fmt.Sprintf("%x", "s3cret"), fmt.Sprintf("%X", "s3cret")} {
		if strings.Contains(out.String(), form) {
			t.Errorf("the token is shown:\n%s", &out)
		}
	}
}

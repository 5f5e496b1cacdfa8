package redact_test

import (
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"os"

	"github.com/hooklatch/hooklatch/redact"
)

// Wrap the handler once, and each logger of the program masks.
func ExampleNewHandler() {
	text := slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: withoutTime})
	log := slog.New(redact.NewHandler(text, &redact.Options{Names: []string{"phone"}}))

	log.Info("subscribed ada@example.com",
		"client", netip.MustParseAddrPort("192.0.2.17:51000"),
		"phone", "+1 555 0100",
		"header", http.Header{"Authorization": {"Bearer abc"}, "Accept": {"*/*"}},
		"clicks", 3)
	log.Error("profile not read", "err", &url.Error{
		Op: "Get", URL: "https://api.example/me?token=abc", Err: errors.New("dial tcp 192.0.2.53:443: refused"),
	})
	// Output:
	// level=INFO msg="subscribed [redacted]" client=192.0.2.0:51000 phone=[redacted] header="map[Accept:[*/*] Authorization:[redacted]]" clicks=3
	// level=ERROR msg="profile not read" err="Get \"https://api.example/me?[redacted]\": dial tcp 192.0.2.0:443: refused"
}

func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

// The program's own secrets can be given, so that they are masked wherever they
// turn up.
func ExampleOptions_literals() {
	text := slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: withoutTime})
	log := slog.New(redact.NewHandler(text, &redact.Options{
		Literals: []string{os.Getenv("UPSTREAM_PASSWORD"), "correct horse"},
	}))
	log.Warn("upstream says: correct horse is not valid")
	// Output:
	// level=WARN msg="upstream says: [redacted] is not valid"
}

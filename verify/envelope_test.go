package verify_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch/verify"
)

func TestEnvelopeInLogs(t *testing.T) {
	env := verify.Envelope{
		Provider: "linktree", Tenant: "ann", ID: strings.Repeat("i", 300), Type: "link.created",
		KeyID: "2", ContentDigest: [32]byte{0xab, 0xcd},
	}
	want := "linktree ann link.created " + env.ID
	if got := fmt.Sprintf("%v", env); got != want {
		t.Errorf("String is %q, want %q", got, want)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "webhook", env)
	line := log.String()
	for _, part := range []string{
		"webhook.provider=linktree", "webhook.tenant=ann", "webhook.type=link.created", "webhook.key=2",
		"webhook.id=" + strings.Repeat("i", 255) + "…",
	} {
		if !strings.Contains(line, part) {
			t.Errorf("the line lacks %q: %s", part, line)
		}
	}
	if strings.Contains(line, strings.Repeat("i", 256)) || strings.Contains(line, "171") {
		t.Errorf("the line has too much: %s", line)
	}
	if got := fmt.Sprint(verify.Envelope{Provider: "github"}); got != "github" {
		t.Errorf("String is %q, want github", got)
	}
}

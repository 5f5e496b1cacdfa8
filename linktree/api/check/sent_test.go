package check_test

import (
	"testing"
	"testing/synctest"

	"github.com/hooklatch/hooklatch/linktree/api"
	"github.com/hooklatch/hooklatch/linktree/api/check"
	"github.com/hooklatch/hooklatch/linktree/api/internal/rig"
	"github.com/hooklatch/hooklatch/linktree/linktreetest"
	"github.com/hooklatch/hooklatch/transport"
)

// What the client itself holds back is not the API's failure, and what was asked
// before is.
func TestNotAsked(t *testing.T) {
	for name, tt := range map[string]struct {
		before int // requests that have failed
		retry  transport.RetryOptions
		want   string
	}{
		"open before":  {5, transport.RetryOptions{Attempts: 1}, "health=warn auth=skipped headroom=skipped webhook=off links=skipped subscription=off clock=skipped"},
		"opened by it": {4, transport.RetryOptions{}, "health=fail auth=skipped headroom=skipped webhook=off links=skipped subscription=off clock=skipped"},
		"not open":     {0, transport.RetryOptions{Attempts: 1}, "health=fail auth=skipped headroom=skipped webhook=off links=skipped subscription=off"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake, _, c := rig.OpenBubble(t, api.Options{Retry: &tt.retry})
				fake.Fault(linktreetest.Fault{Status: 503})
				for range tt.before {
					_, _ = c.Health(t.Context())
					if tt.retry.Attempts == 0 {
						break // repeated, and so enough
					}
				}
				r := check.Run(t.Context(), c, nil)
				if got := outcome(r); got != tt.want {
					t.Errorf("%q, want %q:\n%s", got, tt.want, r)
				}
			})
		})
	}
}

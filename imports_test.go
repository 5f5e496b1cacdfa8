package hooklatch_test

import (
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/hooklatch/hooklatch"

// list runs go list on this module alone.
func list(t *testing.T, args ...string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list"}, args...)...)
	cmd.Env = append(cmd.Environ(), "GOWORK=off")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %v: %v", args, err)
	}
	return strings.Fields(string(out))
}

// TestCoreIsStandardLibraryOnly: whoever uses the core gets no dependency.
func TestCoreIsStandardLibraryOnly(t *testing.T) {
	for _, pkg := range []string{
		"", "/verify", "/idempotency", "/idempotency/memory", "/middleware", "/dispatch",
		"/linktree", "/linktree/schema", "/linktree/linktreetest", "/linktree/redact",
	} {
		for _, dep := range list(t, "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", module+pkg) {
			if dep != module && !strings.HasPrefix(dep, module+"/") {
				t.Errorf("%s imports %s", module+pkg, dep)
			}
		}
	}
}

// TestLayering: packages import each other in one direction.
func TestLayering(t *testing.T) {
	allowed := map[string]string{
		"":                       "verify internal/keys",
		"/verify":                "internal/jsonscan",
		"/verify/rotate":         "verify",
		"/idempotency":           "",
		"/idempotency/lru":       "idempotency idempotency/internal/bounded",
		"/middleware":            "hooklatch verify idempotency internal/keys internal/wire",
		"/dispatch":              "hooklatch verify internal/jsonscan internal/wire",
		"/linktree":              "hooklatch verify idempotency middleware dispatch",
		"/idempotency/memory":    "idempotency idempotency/internal/bounded",
		"/linktree/schema":       "",
		"/linktree/redact":       "",
		"/linktree/linktreetest": "verify linktree linktree/schema",
		"/hooktest":              "hooklatch verify idempotency",
		"/adapters/bridge":       "hooklatch middleware dispatch internal/wire",
	}
	for pkg, may := range allowed {
		for _, dep := range list(t, "-f", `{{join .Imports "\n"}}`, module+pkg) {
			short, own := strings.CutPrefix(dep, module)
			if short = strings.TrimPrefix(short, "/"); short == "" {
				short = "hooklatch"
			}
			if own && !strings.Contains(" "+may+" ", " "+short+" ") {
				t.Errorf("%s imports %s", module+pkg, dep)
			}
		}
	}
}

// TestProductionDoesNotReachTesting: package testing registers flags and is
// meant for tests; only the helpers for tests may import it.
func TestProductionDoesNotReachTesting(t *testing.T) {
	for _, pkg := range list(t, module+"/...") {
		switch strings.TrimPrefix(pkg, module) {
		case "/hooktest", "/idempotency/storetest", "/idempotency/internal/memorytest", "/internal/testserver", "/adapters/adaptertest":
			continue
		}
		for _, dep := range list(t, "-deps", pkg) {
			if dep == "testing" {
				t.Errorf("%s reaches package testing", pkg)
			}
		}
	}
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func environment(of map[string]string) func(string) string {
	return func(name string) string { return of[name] }
}

// outcomes returns what has not passed, by name.
func outcomes(t *testing.T, encoded string) map[string]string {
	t.Helper()
	var report struct {
		Items []struct{ Name, Status, Detail string }
	}
	if err := json.Unmarshal([]byte(encoded), &report); err != nil {
		t.Fatalf("%v:\n%s", err, encoded)
	}
	if len(report.Items) != 7 {
		t.Errorf("%d items:\n%s", len(report.Items), encoded)
	}
	all := map[string]string{}
	for _, item := range report.Items {
		if item.Status != "pass" {
			all[item.Name] = item.Status
		}
	}
	return all
}

func TestFakes(t *testing.T) {
	for _, tt := range []struct {
		arg  string
		code int
		want map[string]string
	}{
		{"-fake", 0, map[string]string{}},
		{"--fake=ok", 0, map[string]string{}},
		{"-fake=warn", 1, map[string]string{"headroom": "warn", "clock": "warn"}},
		{"-fake=broken", 2, map[string]string{
			"headroom": "fail", "webhook": "fail", "links": "fail", "subscription": "fail", "clock": "fail",
		}},
	} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), []string{tt.arg, "--json"}, environment(nil), &out, &errs); code != tt.code || errs.Len() > 0 {
			t.Errorf("%s: exit code %d, stderr %q", tt.arg, code, errs.String())
		}
		if got := outcomes(t, out.String()); len(got) != len(tt.want) {
			t.Errorf("%s: %v, want %v\n%s", tt.arg, got, tt.want, out.String())
		} else {
			for name, status := range tt.want {
				if got[name] != status {
					t.Errorf("%s: %s is %q, want %q", tt.arg, name, got[name], status)
				}
			}
		}
	}
}

// What is missing or wrong is named, and nothing of what is set is shown.
func TestUnusable(t *testing.T) {
	const token, other, hidden = "lt_live_9c2e81f04ad7", "lt_live_1b7730aa92ce", "qu3ry"
	for name, tt := range map[string]struct {
		args []string
		env  map[string]string
		want []string
	}{
		"nothing set":       {nil, nil, []string{tokenVar, keyVar, "-fake"}},
		"fake switched off": {[]string{"-fake=false"}, nil, []string{tokenVar}},
		"no token":          {nil, map[string]string{webhookVar: "https://app.hooklatch.org/" + hidden}, []string{tokenVar}},
		"two tokens":        {nil, map[string]string{tokenVar: token, keyVar: other}, []string{"differ"}},
		"not https":         {nil, map[string]string{keyVar: token, webhookVar: "http://app.hooklatch.org/" + hidden}, []string{"WebhookURL is not https"}},
		"a placeholder":     {nil, map[string]string{keyVar: "sk_test_" + hidden, webhookVar: "https://app.hooklatch.org/"}, []string{"looks like one for a sandbox"}},
		"an argument":       {[]string{"now"}, nil, []string{"Usage", "-fake"}},
		"unknown fake":      {[]string{"-fake=odd"}, nil, []string{"it is ok, warn or broken"}},
		"unknown flag":      {[]string{"-quick"}, nil, []string{"Usage"}},
	} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), tt.args, environment(tt.env), &out, &errs); code != 2 || out.Len() > 0 {
			t.Errorf("%s: exit code %d, stdout %q", name, code, out.String())
		}
		for _, want := range tt.want {
			if !strings.Contains(errs.String(), want) {
				t.Errorf("%s: no %q in %q", name, want, errs.String())
			}
		}
		for _, secret := range []string{token, other, hidden} {
			if strings.Contains(errs.String(), secret) {
				t.Errorf("%s: %q shows %q", name, errs.String(), secret)
			}
		}
	}
}

// Programs that read the report get one of a wrong configuration, too.
func TestUnusableJSON(t *testing.T) {
	for name, env := range map[string]map[string]string{
		"nothing set":   nil,
		"a placeholder": {keyVar: "changeme", webhookVar: "http://app.hooklatch.org/"},
	} {
		var out, errs bytes.Buffer
		code := run(t.Context(), []string{"--json"}, environment(env), &out, &errs)
		var report struct {
			Status   string
			ExitCode int `json:"exit_code"`
			Items    []struct{ Name, Status, Detail string }
		}
		if err := json.Unmarshal(out.Bytes(), &report); err != nil || code != 2 || report.ExitCode != 2 || report.Status != "fail" ||
			len(report.Items) != 2 || report.Items[0].Name != "configuration" || errs.Len() == 0 {
			t.Errorf("%s: exit code %d, %v:\n%s", name, code, err, out.String())
		}
	}
}

// With everything set it is Linktree that is asked; here there is no time to.
func TestEnvironment(t *testing.T) {
	for _, name := range []string{tokenVar, keyVar} {
		for _, webhook := range []string{"", "https://app.hooklatch.org/webhooks/linktree"} {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			var out, errs bytes.Buffer
			env := environment(map[string]string{name: "lt_live_9c2e81f04ad7", webhookVar: webhook})
			if code := run(ctx, nil, env, &out, &errs); code != 2 || !strings.HasPrefix(out.String(), "fail     health        the check was given up") {
				t.Errorf("%s: exit code %d, stdout %q, stderr %q", name, code, out.String(), errs.String())
			}
		}
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("disk full") }

// A report that can't be written is no success.
func TestLostReport(t *testing.T) {
	for _, args := range [][]string{{"-fake"}, {"-fake", "-json"}} {
		var errs bytes.Buffer
		if code := run(t.Context(), args, environment(nil), fullDisk{}, &errs); code != 2 || !strings.Contains(errs.String(), "disk full") {
			t.Errorf("%v: exit code %d, stderr %q", args, code, errs.String())
		}
	}
}

// TestProgram runs it as an operator would.
func TestProgram(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "check")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, tt := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"-fake"}, 0, "pass: 7 passed"},
		{[]string{"-fake=warn"}, 1, "warn: 5 passed, 2 warned"},
		{[]string{"-fake=broken"}, 2, "fail: 2 passed, 0 warned, 5 failed"},
		{[]string{"-fake", "--json"}, 0, `"exit_code": 0`},
		{nil, 2, tokenVar},
	} {
		cmd := exec.CommandContext(t.Context(), bin, tt.args...)
		cmd.Env = append(os.Environ(), tokenVar+"=", keyVar+"=", webhookVar+"=")
		out, _ := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != tt.code || !strings.Contains(string(out), tt.want) {
			t.Errorf("%v: exit code %d, want %d and %q:\n%s", tt.args, code, tt.code, tt.want, out)
		}
	}
}

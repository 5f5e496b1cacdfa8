package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

func TestPlay(t *testing.T) {
	var out bytes.Buffer
	if err := play(t.Context(), &out); err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
	if strings.Contains(out.String(), "✗") || strings.Count(out.String(), "✓") != len(scenes()) {
		t.Errorf("not a line for each scene:\n%s", out.String())
	}
}

func build(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "quickstart")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return bin
}

func TestUsage(t *testing.T) {
	bin := build(t)
	for _, tt := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"-listen", "127.0.0.1:0"}, 1, "LINKTREE_WEBHOOK_SECRET"},
		{[]string{"-fail", "1"}, 2, "Usage"},
		{[]string{"extra"}, 2, "Usage"},
	} {
		cmd := exec.CommandContext(t.Context(), bin, tt.args...)
		cmd.Env = append(os.Environ(), secretVar+"=")
		out, _ := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != tt.code || !strings.Contains(string(out), tt.want) {
			t.Errorf("%v: exit code %d and %q, want %d and %q", tt.args, code, out, tt.code, tt.want)
		}
	}
}

// TestServe runs the program as an operator would: it receives, fails as
// asked, and finishes what is in hand when it is told to stop.
func TestServe(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, build(t), "-listen", "127.0.0.1:0", "-fail", "1")
	cmd.Env = append(os.Environ(), secretVar+"=new,old")
	var stdout bytes.Buffer
	cmd.Stdout = &stdout
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	logs := bufio.NewScanner(stderr)
	addr, try := "", ""
	for logs.Scan() {
		if m := regexp.MustCompile(`http://(127\.0\.0\.1:\d+)` + path + `;`).FindStringSubmatch(logs.Text()); m != nil {
			addr = m[1]
		}
		if strings.HasPrefix(logs.Text(), "body=") {
			try = logs.Text()
			break
		}
	}
	if addr == "" || try == "" {
		t.Fatal("the program says neither where it listens nor what to try")
	}
	rest := make(chan string, 1)
	go func() {
		all, _ := io.ReadAll(stderr)
		rest <- string(all)
	}()

	scheme, err := provider.Linktree("old")
	if err != nil {
		t.Fatal(err)
	}
	p := &sender{url: "http://" + addr + path, scheme: scheme}
	failing := []byte(`{"type":"link.created","data":{"fail":true}}`)
	for i, want := range []string{"500 Internal server error", `200 {"received":true}`, `200 {"duplicate":true}`} {
		got, err := p.deliver(ctx, "evt-1", time.Now(), failing, nil)
		if err != nil || got != want {
			t.Errorf("delivery %d: %q (error %v), want %q", i+1, got, err, want)
		}
	}

	if _, err := exec.LookPath("curl"); err != nil {
		t.Log("curl is not installed (Debian: curl): its line is not tried")
	} else {
		sh := exec.CommandContext(ctx, "sh", "-c", try)
		sh.Env = append(os.Environ(), secretVar+"=new,old")
		if out, err := sh.Output(); err != nil || !strings.Contains(string(out), `{"received":true}`) {
			t.Errorf("the line to try answers %q (error %v)", out, err)
		}
	}

	// A delivery whose body is half there when the program is told to stop.
	body := `{"type":"link.deleted","data":{}}`
	head := http.Header{}
	if err := scheme.Sign(head, verify.Envelope{ID: "evt-2", Time: time.Now()}, []byte(body)); err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: test\r\nContent-Length: %d\r\nExpect: 100-continue\r\n", path, len(body))
	if err := head.Write(conn); err != nil {
		t.Fatal(err)
	}
	io.WriteString(conn, "\r\n")
	in := bufio.NewReader(conn)
	if l, err := in.ReadString('\n'); err != nil || !strings.Contains(l, "100") {
		t.Fatalf("%q (error %v), want 100 Continue: the delivery is in hand", l, err)
	}
	_, _ = in.ReadString('\n') // the empty line
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for { // until it has stopped listening
		c, err := net.Dial("tcp", addr)
		if err != nil {
			break
		}
		c.Close()
		time.Sleep(10 * time.Millisecond)
	}
	io.WriteString(conn, body)
	if resp, err := http.ReadResponse(in, nil); err != nil || resp.StatusCode != 200 {
		t.Errorf("what was in hand was not finished: %v (error %v)", resp, err)
	}
	logged := <-rest
	if err := cmd.Wait(); err != nil {
		t.Errorf("the program ended with %v:\n%s", err, logged)
	}
	lines := strings.Split(strings.TrimSpace(stdout.String()), "\n")
	if first, last := lines[0], lines[len(lines)-1]; first != `{"type":"link.created","id":"evt-1"}` || last != `{"type":"link.deleted","id":"evt-2"}` {
		t.Errorf("stdout:\n%s", stdout.String())
	}
	if !strings.Contains(logged, `"outcome":"failed"`) {
		t.Errorf("stderr does not log the failure:\n%s", logged)
	}
}

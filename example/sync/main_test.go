package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/linktree/linktreetest"
	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

func TestTell(t *testing.T) {
	var out bytes.Buffer
	if err := tell(t.Context(), &out); err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
	if strings.Contains(out.String(), "✗") || strings.Count(out.String(), "✓") != 6 {
		t.Errorf("not a line for each scene:\n%s", out.String())
	}
}

// TestTellStops: a story that is cut short is no success.
func TestTellStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	if err := tell(ctx, io.Discard); err == nil {
		t.Error("no error")
	}
}

func build(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "sync")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return bin
}

func environ(token, secret, url string) []string {
	return append(os.Environ(), tokenVar+"="+token, secretVar+"="+secret, urlVar+"="+url)
}

func TestUsage(t *testing.T) {
	bin := build(t)
	for _, tt := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"-listen", "127.0.0.1:0"}, 1, "the webhook URL is missing"},
		{[]string{"-listen", "127.0.0.1:0", "-origin", "https://shop.example,*"}, 1, `origin "*"`},
		{[]string{"-listen", "127.0.0.1:0", "-every", "0s"}, 2, "Usage"},
		{[]string{"-origin", "https://shop.example"}, 2, "Usage"},
		{[]string{"extra"}, 2, "Usage"},
	} {
		cmd := exec.CommandContext(t.Context(), bin, tt.args...)
		cmd.Env = environ("", "", "")
		out, _ := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != tt.code || !strings.Contains(string(out), tt.want) {
			t.Errorf("%v: exit code %d and %q, want %d and %q", tt.args, code, out, tt.code, tt.want)
		}
	}
}

func TestLogger(t *testing.T) {
	var b bytes.Buffer
	newLogger(&b).Error("not sent to ada@example.org", "err", &url.Error{Op: "Get", URL: "https://api.example/me?token=t0ps3cret", Err: io.EOF},
		"header", http.Header{"Authorization": {"Bearer b34rer"}})
	for _, secret := range []string{"ada@", "t0ps3cret", "b34rer"} {
		if strings.Contains(b.String(), secret) {
			t.Errorf("%s is in the log: %s", secret, b.String())
		}
	}
}

// A process is the program as an operator runs it, beside a fake Linktree, on
// real sockets.
type process struct {
	t     *testing.T
	fake  *linktreetest.Provider
	ada   *linktreetest.Creator
	token string
	cmd   *exec.Cmd
	addr  string
	logs  <-chan string // what it has logged, when it has ended
}

const testSecret = "whsec_7f9c2ba4"

func run(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{t: t, fake: linktreetest.New(&linktreetest.Options{Secret: testSecret})}
	provider := httptest.NewServer(p.fake)
	addr := make(chan string, 1) // known when it listens, and the URL before
	front := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		a := <-addr
		addr <- a
		r.SetURL(&url.URL{Scheme: "http", Host: a})
	}})
	t.Cleanup(func() {
		p.fake.Close()
		front.Close()
		provider.Close()
	})
	p.ada = p.fake.Creator("ada")
	p.token = p.ada.Token()
	p.ada.CreateLink("Shop", "https://shop.example")

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	p.cmd = exec.CommandContext(ctx, build(t), append([]string{"-listen", "127.0.0.1:0", "-insecure", "-api", provider.URL, "-settle", "100ms"}, args...)...)
	p.cmd.Env = environ(p.token, testSecret, front.URL+webhookPath)
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(stderr)
	line, _ := in.ReadString('\n')
	m := regexp.MustCompile(`http://(127\.0\.0\.1:\d+)` + webhookPath).FindStringSubmatch(line)
	if m == nil {
		t.Fatalf("the program does not say where it listens: %q", line)
	}
	p.addr = m[1]
	addr <- p.addr
	logs := make(chan string, 1)
	p.logs = logs
	go func() {
		all, _ := io.ReadAll(in)
		logs <- string(all)
	}()
	return p
}

// waitEqual waits until the program shows what the provider has.
func (p *process) waitEqual() {
	p.t.Helper()
	var got page
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		resp, err := http.Get("http://" + p.addr + linksPath)
		if err != nil {
			p.t.Fatal(err)
		}
		got = page{}
		_ = json.NewDecoder(resp.Body).Decode(&got)
		resp.Body.Close()
		if !got.AsOf.IsZero() && slices.Equal(got.Links, cleaned(p.ada.Links())) {
			return
		}
	}
	p.t.Errorf("shown are %+v, and the provider has %+v", got, p.ada.Links())
}

// TestServe runs the program as an operator would: it registers, mirrors, and
// finishes what is in hand when it is told to stop.
func TestServe(t *testing.T) {
	p := run(t)
	p.waitEqual()
	p.ada.CreateLink("Blog", "https://blog.example")
	p.waitEqual()

	// A delivery whose body is half there when the program is told to stop.
	scheme, err := provider.Linktree(testSecret)
	if err != nil {
		t.Fatal(err)
	}
	body := `{"type":"link.deleted","data":{"link_id":"lnk_1"},"timestamp":"2026-01-31T12:00:00Z"}`
	head := http.Header{}
	if err := scheme.Sign(head, verify.Envelope{ID: "dlv_in_hand", Time: time.Now()}, []byte(body)); err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", p.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: test\r\nContent-Length: %d\r\nExpect: 100-continue\r\n", webhookPath, len(body))
	if err := head.Write(conn); err != nil {
		t.Fatal(err)
	}
	io.WriteString(conn, "\r\n")
	in := bufio.NewReader(conn)
	if l, err := in.ReadString('\n'); err != nil || !strings.Contains(l, "100") {
		t.Fatalf("%q (error %v), want 100 Continue: the delivery is in hand", l, err)
	}
	_, _ = in.ReadString('\n') // the line's end; the test looks at what follows
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for { // until it has stopped listening
		c, err := net.Dial("tcp", p.addr)
		if err != nil {
			break
		}
		c.Close()
		time.Sleep(10 * time.Millisecond)
	}
	io.WriteString(conn, body)
	if resp, err := http.ReadResponse(in, nil); err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("what was in hand was not finished: %v (error %v)", resp, err)
	}
	logged := <-p.logs
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("the program ended with %v:\n%s", err, logged)
	}
	if !strings.Contains(logged, "finishing what is in hand") || strings.Contains(logged, testSecret) || strings.Contains(logged, p.token) {
		t.Errorf("the log:\n%s", logged)
	}
}

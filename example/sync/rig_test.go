package main

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/linktree/linktreetest"
	"github.com/hooklatch/hooklatch/linktree/schema"
)

// A rig is the program in a bubble, beside a fake Linktree.
type rig struct {
	t        *testing.T
	fake     *linktreetest.Provider
	ada      *linktreetest.Creator
	network  *network
	provider *hooktest.Server
	config   config
	logs     buffer

	mu   sync.Mutex
	app  *app // nil while it is down
	stop func()
}

// A buffer is a bytes.Buffer for several goroutines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// newRig makes one whose list has pages of two links, and does not start the
// program. between, if it isn't nil, comes between the provider and the program's
// webhook.
func newRig(t *testing.T, between func(http.RoundTripper) http.RoundTripper) *rig {
	t.Helper()
	r := &rig{t: t, network: new(network)}
	receiver := hooktest.NewServer(t, r)
	deliveries := r.network.layer(receiver.Client().Transport)
	if between != nil {
		deliveries = between(deliveries)
	}
	r.fake = linktreetest.New(&linktreetest.Options{Transport: deliveries, MaxPage: 2})
	r.provider = hooktest.NewServer(t, r.fake)
	t.Cleanup(r.fake.Close)
	r.ada = r.fake.Creator("ada")
	r.config = config{
		token: r.ada.Token(), webhookURL: receiver.URL + webhookPath, secrets: []string{r.fake.Secret()},
		api: r.provider.URL, insecure: true, transport: r.network.layer(r.provider.Client().Transport),
		logger: slog.New(slog.NewTextHandler(&r.logs, nil)),
	}
	t.Cleanup(r.crash)
	return r
}

// ServeHTTP is the program's front.
func (r *rig) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	app := r.app
	r.mu.Unlock()
	if app == nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	app.handler.ServeHTTP(w, req)
}

// start starts the program and gives it time to read the list: the client sends
// one and a half requests a second, after five.
func (r *rig) start() {
	r.t.Helper()
	r.launch()
	time.Sleep(30 * time.Second)
	synctest.Wait()
}

// launch starts the program, with nothing in its memory.
func (r *rig) launch() {
	r.t.Helper()
	app, err := newApp(r.config)
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(r.t.Context())
	ended := make(chan struct{})
	r.mu.Lock()
	r.app, r.stop = app, func() {
		cancel()
		<-ended
	}
	r.mu.Unlock()
	go func() {
		defer close(ended)
		app.mirror.run(ctx)
	}()
}

// crash ends the program, if it runs.
func (r *rig) crash() {
	r.mu.Lock()
	stop := r.stop
	r.app, r.stop = nil, nil
	r.mu.Unlock()
	if stop != nil {
		stop()
	}
}

// links returns the table; empty while the program is down.
func (r *rig) links() []schema.Link {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.app == nil {
		return nil
	}
	links, _ := r.app.mirror.table.links()
	return links
}

func (r *rig) has(id string) bool {
	return slices.ContainsFunc(r.links(), func(l schema.Link) bool { return l.ID == id })
}

// wantEqual wants the table to be what the provider has, when all that can
// happen now has happened.
func (r *rig) wantEqual(when string) {
	r.t.Helper()
	synctest.Wait()
	if d := cmp.Diff(cleaned(r.ada.Links()), r.links()); d != "" {
		r.t.Errorf("%s (-provider +table):\n%s", when, d)
	}
}

// listings returns how many requests there have been for the first page of
// links.
func (r *rig) listings() int {
	n := 0
	for _, req := range r.fake.Requests() {
		if req.Method == http.MethodGet && req.Path == "/links" && !strings.Contains(req.Query, "cursor") {
			n++
		}
	}
	return n
}

// create makes links by the names.
func (r *rig) create(names ...string) []schema.Link {
	var made []schema.Link
	for _, name := range names {
		made = append(made, r.ada.CreateLink(name, "https://"+name+".example"))
	}
	return made
}

// rename and move are updates.
func (r *rig) rename(l schema.Link, title string) {
	r.ada.UpdateLink(l.ID, schema.LinkInput{Title: &title})
}

func (r *rig) move(l schema.Link, position int) {
	r.ada.UpdateLink(l.ID, schema.LinkInput{Position: &position})
}

// eachSecond calls check every second for as long.
func eachSecond(d time.Duration, check func()) {
	for range d / time.Second {
		time.Sleep(time.Second)
		synctest.Wait()
		check()
	}
}

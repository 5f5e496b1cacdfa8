package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hooklatch/hooklatch/linktree/api"
	"github.com/hooklatch/hooklatch/linktree/linktreetest"
	"github.com/hooklatch/hooklatch/linktree/schema"
	"github.com/hooklatch/hooklatch/transport"
)

// patience is how long a scene may take.
const patience = 30 * time.Second

// A story is the program beside a fake Linktree, and what happens to the two.
type story struct {
	out     io.Writer
	fake    *linktreetest.Provider
	ada     *linktreetest.Creator
	network *network
	app     *app
	admin   *api.Client // has its own way to the provider
}

// tell tells the story, and whether the table is equal to the creator's links in
// the end.
func tell(ctx context.Context, out io.Writer) error {
	s := &story{out: out, network: new(network)}
	deliveries := s.network.layer(http.DefaultTransport)
	s.fake = linktreetest.New(&linktreetest.Options{Transport: deliveries})
	defer s.fake.Close()
	s.ada = s.fake.Creator("ada")

	provider, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: s.fake, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(provider) }() // its error is that it was closed
	defer func() { _ = server.Close() }()      // nothing is left in hand

	receiver, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if err := s.open("http://"+provider.Addr().String(), "http://"+receiver.Addr().String()); err != nil {
		return errors.Join(err, receiver.Close())
	}
	serving, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- s.app.serve(serving, receiver) }()
	if err := s.play(ctx); err != nil {
		return err
	}
	stop()
	return <-ended
}

// open makes the program, and a client for the story itself.
func (s *story) open(provider, receiver string) error {
	quiet := slog.New(slog.DiscardHandler)
	var err error
	s.admin, err = api.New(transport.StaticToken(s.ada.Token()), &api.Options{
		BaseURL: provider, InsecureDevelopment: true, Logger: quiet,
	})
	if err != nil {
		return err
	}
	s.app, err = newApp(config{
		token: s.ada.Token(), webhookURL: receiver + webhookPath, secrets: []string{s.fake.Secret()},
		api: provider, insecure: true, transport: s.network.layer(http.DefaultTransport),
		settle: 50 * time.Millisecond, every: 500 * time.Millisecond, logger: quiet,
	})
	if err == nil {
		fmt.Fprintf(s.out, "A fake Linktree on %s, and a mirror of @ada's links that receives on %s:\n\n", provider, receiver+webhookPath)
	}
	return err
}

// play goes through the scenes until one does not come out.
func (s *story) play(ctx context.Context) error {
	for _, scene := range []struct {
		name string
		act  func(context.Context) error
	}{
		{"four links are there already: the webhook is registered, the list read", s.start},
		{"links come, change, move and go", s.change},
		{"a deletion overtakes an update", s.overtake},
		{"the network is down, and Linktree gives the webhook up", s.outage},
		{"it is back: the webhook is registered anew, the gap filled", s.recover},
		{"and webhooks come again", s.change},
	} {
		if err := scene.act(ctx); err != nil {
			fmt.Fprintf(s.out, "✗ %s\n", scene.name)
			return fmt.Errorf("%s: %w", scene.name, err)
		}
		links, _ := s.app.mirror.table.links()
		fmt.Fprintf(s.out, "✓ %-72s %s\n", scene.name, titles(links))
	}
	if !s.equal() {
		return errors.New("the table is not what the provider has")
	}
	links, _ := s.app.mirror.table.links()
	fmt.Fprint(s.out, "\nThe table is equal to what Linktree has:\n\n")
	for _, link := range links {
		fmt.Fprintf(s.out, "  %d  %-6s  %-22q %s\n", link.Position, link.ID, link.Title, link.URL)
	}
	fmt.Fprintf(s.out, "\nTo mirror yourself, set %s, %s and %s, and\n\n  go run ./example/sync -listen :8080\n", tokenVar, secretVar, urlVar)
	return nil
}

func (s *story) start(ctx context.Context) error {
	for _, name := range []string{"Shop", "Blog", "Band", "Talks"} {
		s.ada.CreateLink(name, "https://"+strings.ToLower(name)+".example")
	}
	return s.until(ctx, func() bool { return s.equal() && s.listens() })
}

func (s *story) change(ctx context.Context) error {
	links := s.ada.Links()
	s.ada.CreateLink("Free\u202Egnp.exe", "javascript:alert(1)") // shown as "Freeexe.png"
	s.ada.UpdateLink(links[1].ID, schema.LinkInput{Title: ptr(links[1].Title + "!")})
	s.ada.UpdateLink(links[2].ID, schema.LinkInput{Position: ptr(0)})
	s.ada.DeleteLink(links[0].ID)
	return s.until(ctx, s.equal)
}

// overtake has the update arrive when the link is gone everywhere.
func (s *story) overtake(ctx context.Context) error {
	id := s.ada.Links()[0].ID
	held, release := s.network.holdUp(func(body []byte) bool { return strings.Contains(string(body), id) })
	defer release()
	s.ada.UpdateLink(id, schema.LinkInput{Title: ptr("Back from the dead")})
	select {
	case <-held:
	case <-time.After(patience):
		return errors.New("no delivery to hold up")
	}
	s.ada.DeleteLink(id)
	if err := s.until(ctx, s.equal); err != nil {
		return err
	}
	release()
	if err := s.fake.Wait(ctx); err != nil {
		return err
	}
	if !s.equal() {
		return errors.New("the update has brought it back")
	}
	return nil
}

func (s *story) outage(ctx context.Context) error {
	s.network.cut(true)
	before, _ := s.app.mirror.table.links()
	links := s.ada.Links()
	s.ada.CreateLink("New record", "https://record.example")
	s.ada.UpdateLink(links[0].ID, schema.LinkInput{Title: ptr("Tour")})
	s.ada.DeleteLink(links[1].ID)
	if err := s.admin.DeleteWebhook(ctx, s.ada.Webhooks()[0].ID); err != nil {
		return err
	}
	if now, _ := s.app.mirror.table.links(); !slices.Equal(before, now) || s.equal() {
		return errors.New("the network is not down")
	}
	return nil
}

func (s *story) recover(ctx context.Context) error {
	s.network.cut(false)
	return s.until(ctx, func() bool { return s.equal() && s.listens() })
}

// until waits for what must become true.
func (s *story) until(ctx context.Context, done func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for !done() {
		if sleep(ctx, 10*time.Millisecond); ctx.Err() != nil {
			return fmt.Errorf("it has not come to that: %w", ctx.Err())
		}
	}
	return nil
}

// equal tells whether the table is what the provider has, made clean.
func (s *story) equal() bool {
	links, _ := s.app.mirror.table.links()
	return slices.Equal(links, cleaned(s.ada.Links()))
}

// listens tells whether the provider has a webhook.
func (s *story) listens() bool {
	return slices.ContainsFunc(s.ada.Webhooks(), func(w schema.Webhook) bool { return w.Active })
}

func cleaned(links []schema.Link) []schema.Link {
	for i := range links {
		links[i] = clean(links[i])
	}
	return links
}

func titles(links []schema.Link) string {
	var all []string
	for _, link := range links {
		all = append(all, link.Title)
	}
	return strings.Join(all, ", ")
}

func ptr[T any](v T) *T { return &v }

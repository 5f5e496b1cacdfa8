package handshake_test

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/handshake"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

var quiet = &middleware.EndpointOptions{Logger: slog.New(slog.DiscardHandler)}

// show prints a handler's answer.
func show(h http.Handler, r *http.Request) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	fmt.Println(strings.TrimSpace(fmt.Sprint(w.Code, " ", w.Body)))
}

// An endpoint of an app whose address Meta checks.
func Example() {
	scheme, err := verify.New(verify.Spec{
		Name:    "whatsapp",
		Headers: verify.Headers{Signature: "X-Hub-Signature-256"},
		Prefix:  "sha256=",
	}, "app secret")
	if err != nil {
		log.Fatal(err)
	}
	hook := middleware.NewEndpoint("whatsapp", quiet)
	const verifyToken = "my verify token" // as in the App Dashboard
	store, mux := lru.New(nil), new(dispatch.Mux)
	h := hook.Receiver(scheme, store, mux, &middleware.ReceiverOptions{
		BeforeAccept: []func(http.Handler) http.Handler{handshake.Meta(hook, verifyToken)},
	})

	const query = "/webhooks/whatsapp?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token="
	show(h, httptest.NewRequest(http.MethodGet, query+"my+verify+token", nil))
	show(h, httptest.NewRequest(http.MethodGet, query+"a+guess", nil))
	// Output:
	// 200 1158201444
	// 403 Forbidden
}

type (
	mention     struct{ Event struct{ Text string } }
	interaction struct{ User struct{ Name string } }
	command     struct{ Text string }
)

// All of a Slack app at one address: events, which are JSON with an id, slash
// commands and interactions, which are forms without one, and the challenge.
func Example_slack() {
	scheme, err := provider.Slack("signing secret")
	if err != nil {
		log.Fatal(err)
	}
	hook := middleware.NewEndpoint("slack", quiet)
	mux := &dispatch.Mux{WholeBody: true, FormPayload: "payload", FormType: "command"}
	mux.Handle("app_mention", dispatch.JSON(func(_ context.Context, e dispatch.Event[mention]) error {
		fmt.Println(e.Type, e.Data.Event.Text)
		return nil
	}))
	mux.Handle("/weather", dispatch.JSON(func(_ context.Context, e dispatch.Event[command]) error {
		fmt.Println(e.Type, e.Data.Text)
		return nil
	}))
	mux.Handle("block_actions", dispatch.JSON(func(_ context.Context, e dispatch.Event[interaction]) error {
		fmt.Println(e.Type, e.Data.User.Name)
		return nil
	}))
	h := hook.Receiver(scheme, lru.New(nil), mux, &middleware.ReceiverOptions{
		BeforeAccept: []func(http.Handler) http.Handler{handshake.SlackSSLCheck(hook)},
		AfterVerify:  []func(http.Handler) http.Handler{handshake.Slack(hook)},
		Once: &middleware.OnceOptions{ID: func(d *hooklatch.Delivery) string {
			if d.ID != "" {
				return d.ID
			}
			return d.Header.Get("X-Slack-Signature") // Slack sends a form once
		}},
	})

	const form = "application/x-www-form-urlencoded"
	for _, m := range []struct{ contentType, body string }{
		{"application/json", `{"type":"url_verification","challenge":"3eZbrw1aBm2rZgRNFdxV"}`},
		{"application/json", `{"type":"event_callback","event_id":"Ev1","event":{"type":"app_mention","text":"hello"}}`},
		{form, "command=%2Fweather&text=94070&response_url=https%3A%2F%2Fhooks.slack.com%2F1"},
		{form, "payload=%7B%22type%22%3A%22block_actions%22%2C%22user%22%3A%7B%22name%22%3A%22bobby%22%7D%7D"},
	} {
		r := httptest.NewRequest(http.MethodPost, "/webhooks/slack", strings.NewReader(m.body))
		r.Header.Set("Content-Type", m.contentType)
		if err := scheme.Sign(r.Header, verify.Envelope{Time: time.Now()}, []byte(m.body)); err != nil {
			log.Fatal(err)
		}
		show(h, r)
	}
	// Output:
	// 200 3eZbrw1aBm2rZgRNFdxV
	// app_mention hello
	// 200 {"received":true}
	// /weather 94070
	// 200 {"received":true}
	// block_actions bobby
	// 200 {"received":true}
}

// A target that can't be guessed tells Asana's handshake from a stranger's.
func ExampleAsana() {
	hook := middleware.NewEndpoint("asana", quiet)
	const target = "0b6ce1f1b4a34c6c" // of the webhook that is being established
	layer := handshake.Asana(hook, func(r *http.Request, _ string) error {
		if subtle.ConstantTimeCompare([]byte(r.PathValue("target")), []byte(target)) == 0 {
			return errors.New("not a target of ours")
		}
		return nil
	})
	mux := http.NewServeMux()
	mux.Handle("/webhooks/asana/{target}", layer(http.NotFoundHandler()))
	for _, path := range []string{target, "guess"} {
		r := httptest.NewRequest(http.MethodPost, "/webhooks/asana/"+path, nil)
		r.Header.Set("X-Hook-Secret", "b537207f20cbfa02")
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Header().Get("X-Hook-Secret"))
	}
	// Output:
	// 200 b537207f20cbfa02
	// 403
}

// Subscriptions of one topic are confirmed without a person.
func ExampleSNS() {
	hook := middleware.NewEndpoint("sns", quiet)
	const topic = "arn:aws:sns:us-west-2:123456789012:MyTopic"
	layer := handshake.SNS(hook, []string{topic}, &handshake.SNSOptions{
		Confirm: func(_ context.Context, c handshake.Confirmation) error { // in a program: handshake.Visit(nil)
			fmt.Println("visit", c.URL)
			return nil
		},
	})
	for _, host := range []string{"sns.us-west-2.amazonaws.com", "evil.example"} {
		d := &hooklatch.Delivery{Envelope: verify.Envelope{Provider: "sns"}, Body: []byte(
			`{"Type":"SubscriptionConfirmation","TopicArn":"` + topic + `","SubscribeURL":"https://` + host +
				`/?Action=ConfirmSubscription&TopicArn=` + topic + `&Token=2336412f37"}`)}
		r := httptest.NewRequest(http.MethodPost, "/webhooks/sns", nil)
		show(layer(http.NotFoundHandler()), r.WithContext(hooklatch.NewContext(r.Context(), d)))
	}
	// Output:
	// visit https://sns.us-west-2.amazonaws.com/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:us-west-2:123456789012:MyTopic&Token=2336412f37
	// 200
	// 403 Forbidden
}

// X's hourly check.
func ExampleX() {
	hook := middleware.NewEndpoint("x", quiet)
	h := handshake.X(hook, "consumer secret")(http.NotFoundHandler())
	show(h, httptest.NewRequest(http.MethodGet, "/webhooks/x?crc_token=challenge", nil))
	// An attacker wants the signature of an event:
	show(h, httptest.NewRequest(http.MethodGet, "/webhooks/x?crc_token=%7B%22event%22%3A1%7D", nil))
	// Output:
	// 200 {"response_token":"sha256=G8qohDAsN4eFitPgbjmGsq6xKypyrTPNiKegYAnW3SE="}
	// 400 Bad request
}

// Azure Event Grid gets permission to send CloudEvents, and no other sender does.
func ExampleCloudEvents() {
	hook := middleware.NewEndpoint("eventgrid", quiet)
	layer := handshake.CloudEvents(hook, []string{handshake.EventGridOrigin}, nil)
	for _, origin := range []string{"eventgrid.azure.net", "eventemitter.example.com"} {
		r := httptest.NewRequest(http.MethodOptions, "/webhooks/eventgrid", nil)
		r.Header.Set("WebHook-Request-Origin", origin)
		w := httptest.NewRecorder()
		layer(http.NotFoundHandler()).ServeHTTP(w, r)
		fmt.Println(w.Code, w.Header().Get("WebHook-Allowed-Origin"))
	}
	// Output:
	// 200 eventgrid.azure.net
	// 405
}

// A person pastes the token into Notion's settings.
func ExampleNotion() {
	hook := middleware.NewEndpoint("notion", quiet)
	layer := handshake.Notion(hook, func(_ *http.Request, token string) error {
		fmt.Println("for the administrator:", token)
		return nil
	})
	show(layer(http.NotFoundHandler()), httptest.NewRequest(http.MethodPost, "/webhooks/notion",
		strings.NewReader(`{"verification_token":"secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl"}`)))
	// Output:
	// for the administrator: secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl
	// 200
}

// Discord tries whether forgeries are answered with 401.
func ExampleUnauthorized() {
	h := handshake.Unauthorized(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, "Invalid signature") // the sender may be gone
	}))
	show(h, httptest.NewRequest(http.MethodPost, "/", nil))
	// Output: 401 Invalid signature
}

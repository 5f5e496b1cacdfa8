package handshake_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch/handshake"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
)

const (
	topic        = "arn:aws:sns:us-west-2:123456789012:MyTopic"
	subscribeURL = "https://sns.us-west-2.amazonaws.com/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:us-west-2:123456789012:MyTopic&Token=2336412f37fb687f5d51e6e241d09c805a5a57b30d712f794cc5f6a988666d92768dd60a747ba6f3beb71854e285d6ad02428b09ceece29417f1f02d609c582afbacc99c583a916b9981dd2728f4ae6fdb82efd087cc3b7849e05798d2d2785c03b0879594eeac82c01f235d0e717736"
)

// snsBody is the message of
// https://docs.aws.amazon.com/sns/latest/dg/http-subscription-confirmation-json.html,
// with the members that matter.
func snsBody(typ, topic, url string) string {
	b, err := json.Marshal(map[string]string{
		"Type": typ, "MessageId": "165545c9-2a5c-472c-8df2-7ff2be2b3b1b", "TopicArn": topic, "SubscribeURL": url,
		"Timestamp": "2012-04-26T20:45:04.751Z", "SignatureVersion": "1",
	})
	if err != nil {
		panic(err)
	}
	return string(b)
}

func snsPost(body string) *http.Request {
	return post(body, "X-Genuine", "yes", "Content-Type", "text/plain; charset=UTF-8")
}

func TestSNSReports(t *testing.T) {
	r := after(t, trusting("sns"), func(e *middleware.Endpoint) func(http.Handler) http.Handler {
		return handshake.SNS(e, []string{topic, "arn:aws-cn:sns:cn-north-1:123456789012:T"}, nil)
	})
	denied := want{403, forbidden, handshake.Denied, handshake.ErrUnexpected}
	const confirmation = "SubscriptionConfirmation"
	body := snsBody(confirmation, topic, subscribeURL)
	r.outcomes = nil
	w := httptest.NewRecorder()
	r.h.ServeHTTP(w, snsPost(body))
	var open *handshake.Unconfirmed
	if w.Code != 200 || w.Body.Len() > 0 || len(r.outcomes) != 1 || r.outcomes[0].Result != handshake.ToConfirm || !errors.As(r.outcomes[0].Err, &open) {
		t.Fatalf("documented: %d %q, %+v", w.Code, w.Body, r.outcomes)
	}
	if want := (handshake.Confirmation{Provider: "sns", Topic: topic, URL: subscribeURL}); open.Confirmation != want {
		t.Errorf("reported %+v, want %+v", open.Confirmation, want)
	}
	if !strings.Contains(r.log.String(), subscribeURL) {
		t.Error("the log doesn't say what to visit")
	}
	const cn = "https://sns.cn-north-1.amazonaws.com.cn/?Action=ConfirmSubscription&TopicArn=arn:aws-cn:sns:cn-north-1:123456789012:T&Token=1"
	r.outcomes = nil
	r.h.ServeHTTP(httptest.NewRecorder(), snsPost(snsBody(confirmation, "arn:aws-cn:sns:cn-north-1:123456789012:T", cn)))
	if r.outcomes[0].Result != handshake.ToConfirm {
		t.Errorf("China: %+v", r.outcomes)
	}
	for name, url := range badURLs {
		r.check(t, name, snsPost(snsBody(confirmation, topic, url)), denied)
	}
	r.check(t, "another account's topic", snsPost(snsBody(confirmation, "arn:aws:sns:us-west-2:999999999999:MyTopic", subscribeURL)), denied)
	r.check(t, "another topic's message", snsPost(snsBody("Notification", "arn:aws:sns:us-west-2:999999999999:MyTopic", "")), denied)
	r.check(t, "not JSON", snsPost("x"), want{400, badRequest, handshake.Denied, handshake.ErrMalformed})
	r.check(t, "notification", snsPost(snsBody("Notification", topic, "")), want{200, received, middleware.Completed, nil})
	r.check(t, "unsubscribed", snsPost(snsBody("UnsubscribeConfirmation", topic, subscribeURL)), want{200, received, middleware.Completed, nil})
	r.check(t, "forged", post(body), want{403, invalid, middleware.Refused, verify.ErrMismatch})
}

// badURLs lead elsewhere than to SNS's confirmation for the topic.
var badURLs = map[string]string{
	"none":             "",
	"http":             strings.Replace(subscribeURL, "https", "http", 1),
	"another host":     strings.Replace(subscribeURL, "sns.us-west-2.amazonaws.com", "evil.example", 1),
	"host's beginning": strings.Replace(subscribeURL, "amazonaws.com", "amazonaws.com.evil.example", 1),
	"user":             strings.Replace(subscribeURL, "https://", "https://sns.us-west-2.amazonaws.com@evil.example/", 1),
	"user at SNS":      strings.Replace(subscribeURL, "https://", "https://u@", 1),
	"port":             strings.Replace(subscribeURL, ".com/", ".com:8443/", 1),
	"another service":  strings.Replace(subscribeURL, "sns.us", "s3.us", 1),
	"bucket":           strings.Replace(subscribeURL, "sns.us", "bucket.s3.us", 1),
	"another region":   strings.Replace(subscribeURL, "//sns.us-west-2", "//sns.us-east-1", 1),
	"path":             strings.Replace(subscribeURL, "/?", "/x?", 1),
	"another action":   strings.Replace(subscribeURL, "ConfirmSubscription", "Unsubscribe", 1),
	"two actions":      subscribeURL + "&Action=Unsubscribe",
	"another topic":    strings.Replace(subscribeURL, "MyTopic", "Other", 1),
	"metadata":         "https://169.254.169.254/latest/meta-data/",
	"file":             "file:///etc/passwd",
	"fragment":         subscribeURL + "#x",
	"too long":         subscribeURL + strings.Repeat("a", 2<<10),
	"backslash":        "https://evil.example\\@sns.us-west-2.amazonaws.com/",
}

func TestSNSConfirms(t *testing.T) {
	var visited []handshake.Confirmation
	var fails error
	r := after(t, trusting("sns"), func(e *middleware.Endpoint) func(http.Handler) http.Handler {
		return handshake.SNS(e, []string{topic}, &handshake.SNSOptions{Confirm: func(_ context.Context, c handshake.Confirmation) error {
			visited = append(visited, c)
			return fails
		}})
	})
	body := snsBody("SubscriptionConfirmation", topic, subscribeURL)
	r.check(t, "confirmed", snsPost(body), want{200, "", handshake.Confirmed, nil})
	fails = errNotNow
	h := r.check(t, "failed", snsPost(body), want{503, "Try again later", handshake.Failed, errNotNow})
	if h.Get("Retry-After") != "30" {
		t.Errorf("Retry-After %q", h.Get("Retry-After"))
	}
	for name, url := range badURLs {
		r.check(t, name, snsPost(snsBody("SubscriptionConfirmation", topic, url)), want{403, forbidden, handshake.Denied, handshake.ErrUnexpected})
	}
	if len(visited) != 2 || visited[0].URL != subscribeURL {
		t.Errorf("%d confirmations: %+v", len(visited), visited)
	}
}

// Event Grid's event, from
// https://learn.microsoft.com/en-us/azure/event-grid/webhook-event-delivery.
const (
	gridTopic = "/subscriptions/aaaa0a0a-bb1b-cc2c-dd3d-eeeeee4e4e4e"
	gridURL   = "https://rp-eastus2.eventgrid.azure.net:553/eventsubscriptions/estest/validate?id=512d38b6-c7b8-40c8-89fe-f46f9e9622b6&t=2018-04-26T20:30:54.4538837Z&apiVersion=2018-05-01-preview&token=1A1A1A1A"
	gridCode  = "512d38b6-c7b8-40c8-89fe-f46f9e9622b6"
)

func gridBody(data string) string {
	return `[{"id":"2d1781af-3a4c-4d7c-bd0c-e34b19da4e66","topic":"` + gridTopic + `","subject":"","data":` + data +
		`,"eventType":"Microsoft.EventGrid.SubscriptionValidationEvent","eventTime":"2018-01-25T22:12:19.4556811Z","metadataVersion":"1","dataVersion":"1"}]`
}

func gridPost(body string) *http.Request {
	return post(body, "X-Genuine", "yes", "Aeg-Event-Type", "SubscriptionValidation")
}

func TestEventGrid(t *testing.T) {
	data := `{"validationCode":"` + gridCode + `","validationUrl":"` + gridURL + `"}`
	answered := want{200, `{"validationResponse":"` + gridCode + `"}`, handshake.Answered, nil}
	handled := want{200, received, middleware.Completed, nil}
	make := func(o *handshake.EventGridOptions) *rig {
		return after(t, trusting("eventgrid"), func(e *middleware.Endpoint) func(http.Handler) http.Handler { return handshake.EventGrid(e, o) })
	}
	r := make(nil)
	r.check(t, "documented", gridPost(gridBody(data)), answered)
	malformed := want{400, badRequest, handshake.Denied, handshake.ErrMalformed}
	r.check(t, "no code", gridPost(gridBody(`{}`)), malformed)
	r.check(t, "markup", gridPost(gridBody(`{"validationCode":"<b>"}`)), malformed)
	r.check(t, "too long", gridPost(gridBody(`{"validationCode":"`+strings.Repeat("a", 513)+`"}`)), malformed)
	r.check(t, "without the header", post(gridBody(data), "X-Genuine", "yes"), handled)
	r.check(t, "two events", gridPost(strings.Replace(gridBody(data), "[{", `[{},{`, 1)), handled)
	r.check(t, "one more event", gridPost(strings.Replace(gridBody(data), "}]", "},{}]", 1)), handled)
	r.check(t, "another type", gridPost(strings.Replace(gridBody(data), "SubscriptionValidationEvent", "SubscriptionDeletedEvent", 1)), handled)
	r.check(t, "forged", post(gridBody(data), "Aeg-Event-Type", "SubscriptionValidation"), want{403, invalid, middleware.Refused, verify.ErrMismatch})

	r = make(&handshake.EventGridOptions{Topics: []string{strings.ToUpper(gridTopic)}})
	r.check(t, "wanted topic", gridPost(gridBody(data)), answered)
	r = make(&handshake.EventGridOptions{Topics: []string{gridTopic + "/x"}})
	r.check(t, "another topic", gridPost(gridBody(data)), want{403, forbidden, handshake.Denied, handshake.ErrUnexpected})
}

func TestEventGridManual(t *testing.T) {
	r := after(t, trusting("eventgrid"), func(e *middleware.Endpoint) func(http.Handler) http.Handler {
		return handshake.EventGrid(e, &handshake.EventGridOptions{Manual: true})
	})
	for url, good := range map[string]bool{
		gridURL:                                 true,
		strings.Replace(gridURL, ":553", "", 1): true,
		strings.Replace(gridURL, "https", "http", 1):                               false,
		strings.Replace(gridURL, "eventgrid.azure.net", "evil.example", 1):         false,
		strings.Replace(gridURL, "rp-eastus2.", "", 1):                             false,
		strings.Replace(gridURL, "azure.net", "azure.net.evil.example", 1):         false,
		strings.Replace(gridURL, "rp-eastus2.eventgrid", "evil.rp-x.eventgrid", 1): false,
		strings.Replace(gridURL, ":553", ":22", 1):                                 false,
		"": false,
	} {
		r.outcomes = nil
		w := httptest.NewRecorder()
		r.h.ServeHTTP(w, gridPost(gridBody(`{"validationCode":"`+gridCode+`","validationUrl":"`+url+`"}`)))
		var open *handshake.Unconfirmed
		if good {
			if w.Code != 200 || w.Body.Len() > 0 || !errors.As(r.outcomes[0].Err, &open) || open.URL != url || open.Topic != gridTopic {
				t.Errorf("%q: %d %q, %+v", url, w.Code, w.Body, r.outcomes)
			}
		} else if w.Code != 403 || r.outcomes[0].Result != handshake.Denied {
			t.Errorf("%q: %d, %+v; want 403", url, w.Code, r.outcomes)
		}
	}
}

// TestVisit runs against a server that all names lead to.
func TestVisit(t *testing.T) {
	var asked []string
	status := http.StatusOK
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" https://"+r.Host+r.URL.String())
		if status == http.StatusFound {
			w.Header().Set("Location", "https://sns.us-west-2.amazonaws.com/elsewhere")
		}
		w.WriteHeader(status)
	}))
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	client := &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, server.Listener.Addr().String())
		},
		TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "example.com"},
	}}
	visit := handshake.Visit(client)
	c := handshake.Confirmation{Provider: "sns", Topic: topic, URL: subscribeURL}
	if err := visit(t.Context(), c); err != nil {
		t.Error(err)
	}
	if len(asked) != 1 || asked[0] != "GET "+subscribeURL {
		t.Errorf("asked %q", asked)
	}
	for _, status = range []int{http.StatusFound, http.StatusForbidden, http.StatusInternalServerError} {
		asked = nil
		if err := visit(t.Context(), c); err == nil || strings.Contains(err.Error(), "Token") || len(asked) != 1 {
			t.Errorf("status %d: error %v, %d requests; want an error, one request", status, err, len(asked))
		}
	}
	asked = nil
	for name, url := range badURLs {
		if err := visit(t.Context(), handshake.Confirmation{Provider: "sns", Topic: topic, URL: url}); !errors.Is(err, handshake.ErrUnexpected) {
			t.Errorf("%s: error %v, want ErrUnexpected", name, err)
		}
	}
	if err := visit(t.Context(), handshake.Confirmation{Provider: "other", Topic: topic, URL: subscribeURL}); !errors.Is(err, handshake.ErrUnexpected) {
		t.Errorf("another provider: %v", err)
	}
	if len(asked) != 0 {
		t.Errorf("asked %q", asked)
	}
	server.Close()
	if err := visit(t.Context(), c); err == nil || strings.Contains(err.Error(), "2336412f37") {
		t.Errorf("server away: %v; want an error without the token", err)
	}
}

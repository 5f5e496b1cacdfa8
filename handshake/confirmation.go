package handshake

import (
	"fmt"
	"net/url"
	"strings"
)

// A Confirmation is a URL of the provider's by which a receiver confirms that it
// wants events. The handshakes that report one have checked that it is https and
// leads to the provider.
type Confirmation struct {
	Provider string // "sns" or "eventgrid"
	Topic    string // what the events are of: the topic's ARN or resource id
	URL      string // to visit with GET; holds a token of the subscription
}

// An Unconfirmed is the Err of an Outcome with [ToConfirm]: the subscription starts
// once the URL is visited. Its text, and so the log, has the URL. The token in the
// URL serves to confirm this one subscription.
type Unconfirmed struct{ Confirmation }

// Error says what to visit.
func (u *Unconfirmed) Error() string {
	topic := u.Topic
	if len(topic) > 255 {
		topic = topic[:255] + "…"
	}
	return fmt.Sprintf("handshake: %s waits for a confirmation for %q: visit %s", u.Provider, topic, u.URL)
}

// check returns an [*Error] unless c's URL is its provider's.
func (c Confirmation) check() error {
	u, err := url.Parse(c.URL)
	switch {
	case err != nil, len(c.URL) > maxURL:
	case u.Scheme != "https", u.User != nil, u.Opaque != "", u.Fragment != "":
	case c.Provider == providerSNS && isSNS(u, c.Topic):
		return nil
	case c.Provider == providerEventGrid && isEventGrid(u):
		return nil
	}
	return &Error{c.Provider, "URL", ErrUnexpected}
}

const (
	maxURL = 2 << 10

	providerSNS       = "sns"
	providerEventGrid = "eventgrid"
)

// isSNS tells whether u confirms a subscription to the topic, at SNS in the
// topic's region: https://sns.<region>.amazonaws.com/?Action=ConfirmSubscription.
func isSNS(u *url.URL, topic string) bool {
	host, ok := snsHost(topic)
	q, err := url.ParseQuery(u.RawQuery)
	return ok && err == nil && u.Host == host && (u.Path == "/" || u.Path == "") &&
		only(q, "Action", "ConfirmSubscription") && only(q, "TopicArn", topic)
}

// snsHost returns the host of SNS in the region of a topic. ok is false if arn is
// not a topic's: arn:<partition>:sns:<region>:<account>:<name>.
func snsHost(arn string) (host string, ok bool) {
	parts := strings.Split(arn, ":")
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "sns" || !isLabel(parts[3]) {
		return "", false
	}
	host = "sns." + parts[3] + ".amazonaws.com"
	if parts[1] == "aws-cn" {
		host += ".cn"
	}
	return host, true
}

func only(q url.Values, name, value string) bool {
	return len(q[name]) == 1 && q[name][0] == value
}

// isEventGrid tells whether u is at a host of Azure Event Grid's, such as
// rp-eastus2.eventgrid.azure.net, at the usual port or at Event Grid's own.
func isEventGrid(u *url.URL) bool {
	region, ok := strings.CutSuffix(u.Hostname(), ".eventgrid.azure.net")
	return ok && isLabel(region) && (u.Port() == "" || u.Port() == "553")
}

// isLabel tells whether s is one label of a DNS name, in lower case.
func isLabel(s string) bool {
	for i := range len(s) {
		if c := s[i]; c != '-' && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

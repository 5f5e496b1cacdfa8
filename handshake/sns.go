package handshake

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/internal/jsonscan"
	"github.com/hooklatch/hooklatch/internal/wire"
	"github.com/hooklatch/hooklatch/middleware"
)

// SNSOptions are the optional settings of [SNS]. Nil and the zero value are ready
// to use.
type SNSOptions struct {
	// Confirm, if set, confirms a subscription, as [Visit] does. If it
	// returns an error the answer is 503, and SNS sends the confirmation
	// again. It is called concurrently, once for every request, and must
	// return within the 15 seconds that SNS waits. Nil means that the log
	// and the Outcome have the URL, and a person visits it.
	Confirm func(context.Context, Confirmation) error
}

// SNS handles the SubscriptionConfirmation of Amazon SNS, in AfterVerify. It
// answers 200, and reports a [ToConfirm] with the URL that confirms the
// subscription, or calls Confirm. The URL must be https, at SNS's host for the
// topic's region, and for that topic; otherwise the handshake is denied.
//
// topics are the ARNs of the topics that may send here. SNS signs for all of its
// customers alike: a signature proves that a message is from SNS, and not that it
// is from a topic of yours. Anyone can subscribe your address to a topic of their
// own. Messages of other topics, notifications among them, are therefore answered
// with 403.
//
// SNS panics if e is nil, or there is no topic or one is not an SNS topic's ARN.
//
// See https://docs.aws.amazon.com/sns/latest/dg/http-subscription-confirmation-json.html.
func SNS(e *middleware.Endpoint, topics []string, o *SNSOptions) func(http.Handler) http.Handler {
	g := newGreeter("SNS", e)
	if len(topics) == 0 {
		panic("handshake: SNS: no topic")
	}
	topics = slices.Clone(topics)
	for _, topic := range topics {
		if _, ok := snsHost(topic); !ok {
			panic("handshake: SNS: a topic is given by its ARN")
		}
	}
	var confirm func(context.Context, Confirmation) error
	if o != nil {
		confirm = o.Confirm
	}
	return g.after(func(w http.ResponseWriter, r *http.Request, d *hooklatch.Delivery) bool {
		names := [...]string{"Type", "TopicArn", "SubscribeURL"}
		var values [len(names)][]byte
		if err := jsonscan.Members(d.Body, names[:], values[:]); err != nil {
			return g.denied(w, r, "body", ErrMalformed)
		}
		topic, _ := jsonscan.String(values[1])
		if !slices.Contains(topics, topic) {
			return g.denied(w, r, "TopicArn", ErrUnexpected)
		}
		if typ, _ := jsonscan.Unquote(values[0]); string(typ) != "SubscriptionConfirmation" {
			return false
		}
		c := Confirmation{Provider: providerSNS, Topic: topic}
		c.URL, _ = jsonscan.String(values[2])
		if err := c.check(); err != nil {
			return g.denied(w, r, "SubscribeURL", ErrUnexpected)
		}
		g.confirm(w, r, c, confirm)
		return true
	})
}

// denied is deny for the end of a function.
func (g greeter) denied(w http.ResponseWriter, r *http.Request, part string, err error) bool {
	g.deny(w, r, part, err)
	return true
}

// confirm reports a confirmation, or carries it out.
func (g greeter) confirm(w http.ResponseWriter, r *http.Request, c Confirmation, do func(context.Context, Confirmation) error) {
	if do == nil {
		g.endpoint.Report(r, middleware.Outcome{Result: ToConfirm, Err: &Unconfirmed{c}})
		g.write(w, r, http.StatusOK, "")
		return
	}
	if err := do(r.Context(), c); err != nil {
		g.endpoint.Report(r, middleware.Outcome{Result: Failed, Err: err})
		wire.Later(w, retryAfter)
		return
	}
	g.endpoint.Report(r, middleware.Outcome{Result: Confirmed})
	g.write(w, r, http.StatusOK, "")
}

const retryAfter = 30 * time.Second

package linktreetest_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/linktree/linktreetest"
	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// An arrival is a webhook that has come.
type arrival struct {
	Time   time.Time
	ID     string
	Body   string
	Header http.Header
}

// A receiver notes what comes, and answers with its status.
type receiver struct {
	t  *testing.T
	mu sync.Mutex
	// set by the test
	scheme *verify.Scheme // nil does not verify
	status int            // of POST; 0 is 200
	head   int            // of HEAD; 0 is 200
	fail   int            // POST requests that are answered with 503 before

	heads    int
	arrivals []arrival
}

func (rc *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	rc.mu.Lock()
	defer rc.mu.Unlock()
	if err != nil {
		rc.t.Error(err)
	}
	if r.Method == http.MethodHead {
		rc.heads++
		w.WriteHeader(max(rc.head, 200))
		return
	}
	a := arrival{Time: time.Now(), Body: string(body), Header: r.Header}
	if rc.scheme != nil {
		env, err := rc.scheme.Verify(r.Context(), r.Header, body)
		if err != nil {
			rc.t.Errorf("arrival %d: %v", len(rc.arrivals), err)
		}
		a.ID = env.ID
	}
	rc.arrivals = append(rc.arrivals, a)
	if rc.fail > 0 {
		rc.fail--
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(max(rc.status, 200))
}

func (rc *receiver) set(status, head int) {
	rc.mu.Lock()
	defer rc.mu.Unlock()
	rc.status, rc.head = status, head
}

func (rc *receiver) failNext(n int) {
	rc.mu.Lock()
	defer rc.mu.Unlock()
	rc.fail = n
}

func (rc *receiver) got() []arrival {
	rc.mu.Lock()
	defer rc.mu.Unlock()
	return append([]arrival{}, rc.arrivals...)
}

// subscribed opens a provider in a bubble with a webhook of ada's for all event
// types.
func subscribed(t *testing.T) (*linktreetest.Provider, *linktreetest.Creator, *caller, *receiver) {
	t.Helper()
	rc := &receiver{t: t}
	srv := hooktest.NewServer(t, rc)
	fake, ada, c := openBubble(t, &linktreetest.Options{Transport: srv.Client().Transport})
	scheme, err := provider.Linktree(fake.Secret())
	if err != nil {
		t.Fatal(err)
	}
	rc.scheme = scheme
	c.wants(201, "", c.do("POST", "/webhooks", subscription(srv.URL+"/hook", linktree.EventTypes()...)))
	return fake, ada, c, rc
}

func subscription(url string, events ...string) string {
	return fmt.Sprintf(`{"url":%q,"events":["%s"]}`, url, strings.Join(events, `","`))
}

package inboxtest

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/inbox"
)

// flaws are ways to break the reference, each with the behaviour that has to
// notice.
var flaws = []struct{ flaw, caughtBy string }{
	{"no sequence", "put-makes-it-waiting"},
	{"duplicate overwrites", "duplicate-changes-nothing"},
	{"duplicate is stored", "duplicate-changes-nothing"},
	{"receipt of the newcomer", "duplicate-changes-nothing"},
	{"read, then put", "one-put-of-many"},
	{"keeps the caller's body", "put-keeps-nothing-of-the-caller"},
	{"digest ignored", "known-digest-is-a-duplicate"},
	{"digest never ends", "known-digest-is-a-duplicate"},
	{"digest refreshed", "known-digest-is-a-duplicate"},
	{"ended context ignored", "ended-context-is-an-error"},
	{"body as text", "get-returns-what-came"},
	{"unknown key is no error", "unknown-key-is-not-found"},
	{"pages overlap", "list-in-order-and-in-pages"},
	{"list shows payloads", "list-in-order-and-in-pages"},
	{"type filter is a prefix", "filters-narrow"},
	{"time ignored", "filters-narrow"},
	{"error ignored", "filters-narrow"},
	{"done runs again", "handled-once-and-done"},
	{"body as text", "handler-gets-what-came"},
	{"handler's type stays", "handler-gets-what-came"},
	{"attempt not counted", "failed-attempt-runs-again"},
	{"one handler for all", "only-the-named-endpoints-run"},
	{"timeline of the last", "failed-attempt-runs-again"},
	{"exit is success", "no-return-is-a-failure"},
	{"reports ignored", "reported-failure-counts"},
	{"gives up early", "last-attempt-is-dead-and-kept"},
	{"dead without payload", "last-attempt-is-dead-and-kept"},
	{"timeline of the last", "last-attempt-is-dead-and-kept"},
	{"dead letters are done", "dead-letter-is-recorded"},
	{"hook's error ignored", "dead-letter-is-recorded"},
	{"run leaves", "run-finishes-what-is-in-hand"},
	{"run cancels handlers", "run-finishes-what-is-in-hand"},
	{"replay not marked", "replay-runs-the-handler-again"},
	{"replay by no one", "replay-runs-the-handler-again"},
	{"attempts go on", "replay-runs-the-handler-again"},
	{"no states means all", "replay-runs-the-handler-again"},
	{"replays without a payload", "replay-leaves-the-rest"},
	{"dry run replays", "dry-run-changes-nothing"},
	{"since ignored", "replay-goes-on-where-it-was-cut"},
	{"discard keeps the payload", "discard-drops-the-payload"},
	{"discard forgets", "discard-drops-the-payload"},
	{"no states means all", "discarded-does-not-run"},
	{"discarded runs", "discarded-does-not-run"},
	{"done is not erased", "erased-stays-done"},
	{"erased is discarded", "erased-stays-done"},
	{"pause ignored", "paused-waits-until-resumed"},
	{"pause of the endpoint only", "paused-waits-until-resumed"},
	{"resume ends all", "paused-waits-until-resumed"},
	{"pause forgets", "paused-waits-until-resumed"},
	{"groups by the whole error", "one-bug-is-one-group"},
	{"groups in no order", "one-bug-is-one-group"},
}

// TestBrokenBoxes breaks a good box in each way and wants the behaviour that is
// about it to fail.
func TestBrokenBoxes(t *testing.T) {
	for _, f := range flaws {
		t.Run(f.flaw+"/"+f.caughtBy, func(t *testing.T) {
			i := slices.IndexFunc(behaviours(), func(b behaviour) bool { return b.name == f.caughtBy })
			if i < 0 {
				t.Fatalf("no behaviour is called %q", f.caughtBy)
			}
			failure := runBroken(t, behaviours()[i], f.flaw)
			if failure == "" {
				t.Fatalf("%s did not notice", f.caughtBy)
			}
			t.Log(failure)
			if failure = runBroken(t, behaviours()[i], ""); failure != "" {
				t.Errorf("%s fails a good box: %s", f.caughtBy, failure)
			}
		})
	}
}

// TestEachBehaviourCatches wants a broken box for each behaviour: one that
// nothing makes fail would prove nothing.
func TestEachBehaviourCatches(t *testing.T) {
	for _, b := range behaviours() {
		if !slices.ContainsFunc(flaws, func(f struct{ flaw, caughtBy string }) bool { return f.caughtBy == b.name }) {
			t.Errorf("no broken box is for %s", b.name)
		}
	}
}

// TestReference runs the whole suite as an author would.
func TestReference(t *testing.T) {
	Run(t, func(_ *testing.T, s Settings) inbox.Runner { return newReference("", s) }, &Options{Bubble: true})
}

// runBroken runs one behaviour on boxes with the flaw and returns how it
// failed.
func runBroken(t *testing.T, b behaviour, flaw string) string {
	t.Helper()
	r := recorder{mu: new(sync.Mutex)}
	synctest.Test(t, func(t *testing.T) {
		r.TB = t
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			newCheck(b.rule, &r, t, func(_ *testing.T, s Settings) inbox.Runner { return newReference(flaw, s) }).do(b.run)
		}()
		<-ended
		time.Sleep(time.Minute) // what a broken box has left running ends
	})
	if r.failure != "" && !strings.Contains(r.failure, "rule: ") && !strings.Contains(r.failure, "the handler ran") {
		t.Errorf("the failure quotes no rule: %s", r.failure)
	}
	return r.failure
}

// A recorder keeps the failure that would have been its test's.
type recorder struct {
	testing.TB
	mu      *sync.Mutex
	failure string
}

func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failure == "" {
		r.failure = fmt.Sprintf(format, args...)
	}
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

package storetest

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/internal/broken"
)

// flaws are ways to break the reference, each with the behaviour that has to
// notice.
var flaws = []struct{ flaw, caughtBy string }{
	{"first claim is in flight", "first-claim-is-granted"},
	{"RetryAfter of a grant", "first-claim-is-granted"},
	{"read, then write", "one-winner-of-many"},
	{"read, then write", "each-takes-effect-once"},
	{"read, then take over", "takeover-has-one-winner"},
	{"no RetryAfter", "second-claim-is-in-flight"},
	{"RetryAfter of the newcomer's lease", "second-claim-is-in-flight"},
	{"fence shown in flight", "second-claim-is-in-flight"},
	{"same owner is in flight", "same-owner-gets-the-same-claim"},
	{"same owner gets a new fence", "same-owner-gets-the-same-claim"},
	{"same owner keeps its first lease", "same-owner-gets-the-same-claim"},
	{"fingerprint of the newcomer", "fingerprint-is-the-holders"},
	{"one fence for all", "release-gives-a-higher-fence"},
	{"fence kept in the entry", "release-gives-a-higher-fence"},
	{"release waits for the lease", "release-gives-a-higher-fence"},
	{"released can complete", "released-claim-is-lost"},
	{"complete makes the entry", "unknown-key-is-lost"},
	{"fence not checked", "other-fence-is-lost"},
	{"keys cut short", "different-keys-are-apart"},
	{broken.Namespace, "namespaces-are-isolated"},

	{"lease never ends", "lease-runs-out"},
	{"takeover keeps the fence", "lease-runs-out"},
	{"fence not checked", "zombie-is-refused"},
	{"zombie completes", "zombie-is-refused"},
	{"dropped when the lease ends", "expired-claim-still-completes"},
	{"dropped when the lease ends", "extend-revives"},
	{"extend does not revive", "extend-revives"},
	{"extend changes nothing", "extend-keeps-alive"},
	{"extend never shortens", "extend-counts-from-now"},
	{"duplicate refreshes the lease", "duplicate-does-not-refresh-the-lease"},

	{"complete forgets", "done-stays-done"},
	{"complete forgets", "each-takes-effect-once"},
	{"done until the lease ends", "done-stays-done"},
	{"fence shown with done", "done-stays-done"},
	{"complete again is an error", "complete-twice"},
	{"complete again counts anew", "complete-twice"},
	{"release forgets what is done", "done-is-not-given-up"},
	{"retention never ends", "retention-runs-out"},
	{"fence kept until the retention ends", "retention-runs-out"},
	{"duplicate refreshes the retention", "duplicate-does-not-refresh-the-retention"},

	{"claims in the LRU", "full-keeps-claims-in-flight"},
	{"newest dropped when full", "full-keeps-the-newest"},

	{"ended context ignored", "ended-context-is-an-error"},
	{"ended context is ErrLost", "ended-context-is-an-error"},
	{"claim beside the error", "ended-context-is-an-error"},
	{"durations not checked", "durations-must-be-positive"},
	{"outage is granted", "outage-is-an-error"},
	{"outage is no error", "outage-is-an-error"},
	{"outage is ErrLost", "outage-is-an-error"},
	{"outage outlasts the context", "outage-is-an-error"},
	{"outage is ErrInFlight", "outage-is-an-error"},
	{"outage binds", "outage-is-an-error"},
	{"outage forgets", "outage-is-an-error"},

	{"longest lease overflows", "longest-durations-are-valid"},
	{"longest retention overflows", "longest-durations-are-valid"},
	{"longest ttl overflows", "longest-durations-are-valid"},
	{"longest RetryAfter overflows", "longest-durations-are-valid"},
	{"step back lengthens leases", "clock-back-lengthens-no-lease"},
	{"step back lengthens the wait", "clock-back-lengthens-no-lease"},
	{"step back gives the first lease again", "clock-back-lengthens-no-lease"},
	{"RetryAfter of before the step", "clock-back-lengthens-no-lease"},
	{"takeover keeps the fence", "clock-back-lengthens-no-lease"},
	{"step back drops claims", "clock-back-keeps-what-is-known"},
	{"fences by the clock", "clock-back-keeps-what-is-known"},
	{"takeover keeps the fence", "clock-forward-keeps-fences-rising"},
	{"zombie completes", "clock-forward-keeps-fences-rising"},

	{"last key wins", "bind-first-key-wins"},
	{"read, then bind", "bind-has-one-winner"},
	{"binding never ends", "bind-runs-out"},
	{"bind refreshes", "bind-does-not-refresh"},
	{broken.Namespace, "bind-is-apart"},
	{"digests among the keys", "bind-is-apart"},
	{"bind checks nothing", "bind-refuses"},
	{"durations not checked", "bind-refuses"},

	{"forget changes nothing", "forgotten-is-granted-anew"},
	{"forgotten can complete", "forgotten-is-granted-anew"},
	{"fence kept in the entry", "forgotten-is-granted-anew"},
	{"forget always says true", "forget-tells-what-it-forgot"},
	{"forget says true of what ran out", "forget-tells-what-it-forgot"},
	{"forget of unknown keys is an error", "forget-tells-what-it-forgot"},
	{"fence kept in the entry", "forget-tells-what-it-forgot"},
	{"forget drops claims", "forget-leaves-claims-in-flight"},
	{"forget drops claims that ran out", "forget-leaves-claims-in-flight"},
	{"read, then forget", "forget-has-one-winner"},
	{"forget drops all", "forget-is-apart"},
	{"forget unbinds the key", "forget-is-apart"},
	{"forget unbinds the digest", "forget-is-apart"},
	{broken.Namespace, "forget-is-apart"},
	{"ended context ignored", "forget-refuses"},
	{"forget says true with an error", "forget-refuses"},
}

// TestBrokenStores breaks a good store in each way and wants the behaviour that
// is about it to fail, and to quote a rule.
func TestBrokenStores(t *testing.T) {
	for _, f := range flaws {
		t.Run(f.flaw+"/"+f.caughtBy, func(t *testing.T) {
			i := slices.IndexFunc(behaviours(), func(b behaviour) bool { return b.name == f.caughtBy })
			if i < 0 {
				t.Fatalf("no behaviour is called %q", f.caughtBy)
			}
			failure := runBroken(t, behaviours()[i], f.flaw)
			if !strings.Contains(failure, "rule: ") {
				t.Fatalf("%s did not notice; failure: %q", f.caughtBy, failure)
			}
			t.Log(failure)
			if failure = runBroken(t, behaviours()[i], ""); failure != "" {
				t.Errorf("%s fails a good store: %s", f.caughtBy, failure)
			}
		})
	}
}

// TestEachBehaviourCatches wants a broken store for each behaviour: one that
// nothing makes fail would prove nothing.
func TestEachBehaviourCatches(t *testing.T) {
	caught := make(map[string]bool)
	for _, f := range flaws {
		caught[f.caughtBy] = true
	}
	for _, b := range behaviours() {
		if !caught[b.name] {
			t.Errorf("no broken store is for %s", b.name)
		}
	}
	for _, flaw := range broken.Flaws {
		if !slices.ContainsFunc(flaws, func(f struct{ flaw, caughtBy string }) bool { return f.flaw == flaw }) {
			t.Errorf("no behaviour is for a store with the flaw %q", flaw)
		}
	}
}

// runBroken runs one behaviour on stores with the flaw and returns how it
// failed.
func runBroken(t *testing.T, b behaviour, flaw string) string {
	t.Helper()
	const capacity = 32
	shared := broken.New(flaw, 1<<20)
	newStore := func(*testing.T) idempotency.Store {
		if flaw == broken.Namespace {
			return shared
		}
		return broken.New(flaw, capacity)
	}
	o := &Options{Capacity: capacity, Down: func(*testing.T) idempotency.Store {
		return broken.NewDead(flaw)
	}, Clock: func(*testing.T) (idempotency.Store, func(time.Duration)) {
		s := broken.New(flaw, capacity)
		return s, s.Step
	}}

	var r recorder
	synctest.Test(t, func(t *testing.T) {
		r.TB = t
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			newCheck(b.rule, o).do(b.run, &r, t, newStore)
		}()
		<-ended
	})
	return r.failure
}

// A recorder keeps the failure that would have been its test's.
type recorder struct {
	testing.TB
	failure string
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.failure = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// A plain store can't bind or forget.
type plain struct{ idempotency.Store }

// TestGoodStore runs the suite as a store's author does, in a bubble and in
// real time, for stores that can do more than the contract asks and that can't.
func TestGoodStore(t *testing.T) {
	const capacity = 32
	newStore := func(*testing.T) idempotency.Store { return broken.New("", capacity) }
	down := func(*testing.T) idempotency.Store { return broken.NewDead("") }
	clock := func(*testing.T) (idempotency.Store, func(time.Duration)) {
		s := broken.New("", capacity)
		return s, s.Step
	}
	t.Run("bubble", func(t *testing.T) {
		Run(t, newStore, &Options{Bubble: true, Capacity: capacity, Down: down, Clock: clock})
	})
	t.Run("real time", func(t *testing.T) {
		Run(t, func(*testing.T) idempotency.Store { return plain{broken.New("", 1<<20)} }, nil)
	})
}

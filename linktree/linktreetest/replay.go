package linktreetest

import (
	"crypto/sha256"
	"net/http"
	"time"

	"github.com/hooklatch/hooklatch/linktree/schema"
)

const (
	replayFor = 24 * time.Hour
	maxKey    = 255
)

// replays are the answers to requests with an idempotency key.
type replays struct {
	entries map[replayKey]*replay
	order   []replayKey // of the entries, the oldest first
}

type replayKey struct {
	creator *Creator
	key     string
}

type replay struct {
	digest [sha256.Size]byte // of the request
	since  time.Time
	done   chan struct{} // closed when answer is there
	answer answer
}

// once does a request unless one with its idempotency key was done in the last
// 24 hours: then the answer is that one's, as soon as it is there. A key belongs
// to its creator and its request: with another one it is refused. What was
// refused before, such as for the limit, is not remembered.
//
// See draft-ietf-httpapi-idempotency-key-header.
func (p *Provider) once(x *exchange, do func() answer) answer {
	key := x.Header.Get(schema.HeaderIdempotencyKey)
	if key == "" || p.opts.IgnoreIdempotencyKeys || x.Method != http.MethodPost && x.Method != http.MethodPatch {
		return do()
	}
	if len(key) > maxKey {
		return failed(http.StatusBadRequest, codeInvalid, "the idempotency key has more than %d bytes", maxKey)
	}
	digest := sha256.Sum256([]byte(x.Method + "\n" + x.URL.EscapedPath() + "\n" + string(x.body)))
	first, known := p.claim(replayKey{x.token.creator, key}, digest)
	if !known {
		defer close(first.done)
		first.answer = do()
		return first.answer
	}
	if first.digest != digest {
		return failed(http.StatusUnprocessableEntity, "idempotency_key_reused", "the idempotency key is that of another request")
	}
	<-first.done
	p.mu.Lock()
	defer p.mu.Unlock()
	x.entry.Replayed = true
	return first.answer
}

// claim returns the entry of a key, and whether there was one.
func (p *Provider) claim(k replayKey, digest [sha256.Size]byte) (*replay, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r, now := &p.replays, time.Now()
	for len(r.order) > 0 && now.Sub(r.entries[r.order[0]].since) >= replayFor {
		r.forget()
	}
	if old := r.entries[k]; old != nil {
		return old, true
	}
	if len(r.order) == maxReplays {
		r.forget()
	}
	first := &replay{digest: digest, since: now, done: make(chan struct{})}
	r.entries[k] = first
	r.order = append(r.order, k)
	return first, false
}

// forget drops the oldest.
func (r *replays) forget() {
	delete(r.entries, r.order[0])
	r.order = r.order[1:]
}

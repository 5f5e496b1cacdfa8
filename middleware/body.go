package middleware

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

var (
	errTooLarge = errors.New("body over the limit")
	errTooSlow  = errors.New("body did not come in time")
	errConsumed = errors.New("the body was consumed before: a layer before Capture has read it; put Capture first")
	errNoBudget = errors.New("the bodies of unverified requests fill the memory set aside for them")
)

// A bodyReader reads one request's body whole.
type bodyReader struct {
	*capture
	start  time.Time
	budget *Budget
	taken  int64 // from the budget
}

// read returns the whole body. What it has taken from the budget stays taken if
// there is no error.
func (b *bodyReader) read(w http.ResponseWriter, r *http.Request) (body []byte, err error) {
	if r.Body == nil || r.Body == http.NoBody {
		if r.ContentLength > 0 {
			return nil, errConsumed
		}
		return nil, nil
	}
	if r.ContentLength > b.limit {
		return nil, errTooLarge
	}
	whole := false
	defer func() {
		if !whole { // not even if the reader panics
			b.budget.give(b.taken)
		}
	}()
	// A writer that can't set deadlines leaves the check between two reads,
	// and the server's own ReadTimeout.
	rc := http.NewResponseController(w)
	bounded := rc.SetReadDeadline(b.start.Add(b.timeout)) == nil
	body, err = b.readAll(r.Body, r.ContentLength)
	if bounded {
		// Left in place, the server would take the sender for gone when it
		// passes.
		_ = rc.SetReadDeadline(time.Time{}) // it worked a moment ago
	}
	// The server reports a body that was cut off as an error. One that ended
	// well but too early was read in part by another layer.
	if err == nil && int64(len(body)) < r.ContentLength || errors.Is(err, http.ErrBodyReadAfterClose) {
		return nil, errConsumed
	}
	whole = err == nil
	return body, err
}

// readAll reads to the end, into a buffer that starts small and doubles, up to
// the declared length if there is one.
func (b *bodyReader) readAll(src io.Reader, declared int64) ([]byte, error) {
	const first = 4 << 10
	size := int64(512)
	if declared >= 0 {
		size = min(declared+1, first) // with room to see the end
	}
	buf, err := b.grow(nil, size, declared)
	if err != nil {
		return nil, err
	}
	for {
		// Not a byte more than it takes to know: a chunked body is read
		// until the buffer is full, and the next byte may never come.
		n, err := src.Read(buf[len(buf):min(int64(cap(buf)), b.limit+1)])
		buf = buf[:len(buf)+n]
		switch {
		case int64(len(buf)) > b.limit:
			return nil, errTooLarge
		case err == io.EOF:
			return buf, nil
		case err != nil:
			return nil, err
		case time.Since(b.start) > b.timeout:
			return nil, errTooSlow
		}
		if len(buf) < cap(buf) {
			continue
		}
		size = min(2*int64(cap(buf)), b.limit+1)
		if declared >= int64(len(buf)) {
			size = min(size, declared+1)
		}
		if buf, err = b.grow(buf, size, declared); err != nil {
			return nil, err
		}
	}
}

// grow returns buf with a capacity of size, if the budget has room for it.
func (b *bodyReader) grow(buf []byte, size, declared int64) ([]byte, error) {
	if !b.budget.take(size-b.taken, size) {
		return nil, errNoBudget
	}
	b.taken = size
	if buf == nil && declared >= 0 && size <= mostSmall {
		return cut(size), nil
	}
	grown := make([]byte, len(buf), size)
	copy(grown, buf)
	return grown, nil
}

const (
	blockSize = 4 << 10
	mostSmall = 512 // bytes of a body that shares a block
)

// A block is memory that several small bodies are cut from, one after the
// other, to save each an allocation. What has been cut is never used again: a
// handler may keep its body, and then keeps the block.
type block struct{ left []byte }

var blocks sync.Pool // of *block

// cut returns room for n bytes, at most mostSmall.
func cut(n int64) []byte {
	b, ok := blocks.Get().(*block)
	if !ok || int64(len(b.left)) < n {
		b = &block{left: make([]byte, blockSize)}
	}
	piece := b.left[:0:n]
	b.left = b.left[n:]
	blocks.Put(b)
	return piece
}

const (
	// DefaultUnverified is the memory, in bytes, that the bodies of unverified
	// requests hold at most in one process, unless told otherwise: 64 MiB.
	DefaultUnverified = 64 << 20

	// smallBody is the most that a body that may use a Budget's reserve
	// takes: 64 KiB, and the byte that it takes to see the end.
	smallBody = 64<<10 + 1
)

// A Budget bounds the memory that request bodies hold while it is not known
// whether they are genuine: everyone can send those, and [Endpoint.Limit] counts
// only what is. A request that finds no room is answered with 503.
//
// A quarter of it is a reserve for bodies of up to 64 KiB, which most webhooks
// have: a few large bodies that never end can't shut those out. A body is
// counted by what has come of it, not by what it announces.
//
// The zero Budget has [DefaultUnverified] bytes. Several endpoints can share
// one. It is safe for concurrent use, and must not be copied.
type Budget struct {
	size int64 // 0: the default
	used atomic.Int64
}

var processBudget Budget

// NewBudget returns a budget of so many bytes. It panics if bytes is not
// positive.
func NewBudget(bytes int64) *Budget {
	if bytes <= 0 {
		panic("middleware: NewBudget: bytes must be positive")
	}
	return &Budget{size: bytes}
}

// take takes n more bytes for a body that has total of them then, and reports
// whether there was room.
func (b *Budget) take(n, total int64) bool {
	room := b.size
	if room == 0 {
		room = DefaultUnverified
	}
	if total > smallBody {
		room -= room / 4
	}
	if b.used.Add(n) <= room {
		return true
	}
	b.used.Add(-n)
	return false
}

// give gives n bytes back.
func (b *Budget) give(n int64) { b.used.Add(-n) }

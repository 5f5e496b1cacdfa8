package middleware

import "sync"

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

package bench

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"net/http"
	"sync"
)

// floor is bare plus the check of the signature, and nothing else: it ignores
// the timestamp's age, sets no limits and remembers no delivery.
func floor(secret string) http.Handler {
	type state struct {
		mac       hash.Hash
		sum, sent [sha256.Size]byte
		text      [64]byte
	}
	pool := sync.Pool{New: func() any { return &state{mac: hmac.New(sha256.New, []byte(secret))} }}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		signature, timestamp := r.Header["X-Linktree-Signature"], r.Header["X-Linktree-Timestamp"]
		if err != nil || len(signature) != 1 || len(signature[0]) != 2*sha256.Size || len(timestamp) != 1 || len(timestamp[0]) > 19 {
			http.Error(w, "Bad request", http.StatusBadRequest)
			return
		}
		st := pool.Get().(*state)
		defer pool.Put(st)
		st.mac.Reset()
		st.mac.Write(append(append(st.text[:0], timestamp[0]...), '.'))
		st.mac.Write(body)
		st.mac.Sum(st.sum[:0])
		copy(st.text[:], signature[0])
		if _, err := hex.Decode(st.sent[:], st.text[:]); err != nil || !hmac.Equal(st.sum[:], st.sent[:]) {
			http.Error(w, "Invalid signature", http.StatusForbidden)
			return
		}
		answer(w)
	})
}

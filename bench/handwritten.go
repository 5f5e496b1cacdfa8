package bench

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/hooklatch/hooklatch/linktree"
)

// HandWritten returns the recipe that tutorials give: read the body, compare the
// signature, look the id up in a map, decode the envelope and then its data.
// It has no limit and no lease, and a failure keeps the id: what it leaves out
// makes it faster.
func HandWritten(secret string, handle func(linktree.LinkCreatedData) error) http.Handler {
	var mu sync.Mutex
	seen := make(map[string]time.Time)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, "Bad request", http.StatusBadRequest)
			return
		}
		if !signed(secret, r.Header, body) {
			http.Error(w, "Invalid signature", http.StatusForbidden)
			return
		}
		id := r.Header.Get("X-Linktree-Delivery-Id")
		mu.Lock()
		_, known := seen[id]
		seen[id] = time.Now()
		mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		if known {
			io.WriteString(w, `{"duplicate":true}`)
			return
		}
		var event struct {
			Type string          `json:"type"`
			Data json.RawMessage `json:"data"`
		}
		if err := json.Unmarshal(body, &event); err != nil {
			http.Error(w, "Bad request", http.StatusBadRequest)
			return
		}
		if event.Type == linktree.LinkCreated {
			var data linktree.LinkCreatedData
			if err := json.Unmarshal(event.Data, &data); err != nil {
				http.Error(w, "Bad request", http.StatusBadRequest)
				return
			}
			if err := handle(data); err != nil {
				http.Error(w, "Internal server error", http.StatusInternalServerError)
				return
			}
		}
		io.WriteString(w, `{"received":true}`)
	})
}

func signed(secret string, h http.Header, body []byte) bool {
	timestamp := h.Get("X-Linktree-Timestamp")
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || time.Since(time.Unix(seconds, 0)).Abs() > 5*time.Minute {
		return false
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	want := hex.EncodeToString(mac.Sum(nil))
	return hmac.Equal([]byte(want), []byte(h.Get("X-Linktree-Signature")))
}

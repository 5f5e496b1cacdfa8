package inboxsqlite_test

import (
	"context"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/inbox"
)

// TestFullDisk: what does not fit is refused, and nothing that was answered is
// lost; when there is room again, all goes on.
func TestFullDisk(t *testing.T) {
	box := open(t, filepath.Join(t.TempDir(), "inbox.db"), inbox.Settings{})
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	if err := box.SetMaxPages(400); err != nil { // 1.6 MB
		t.Fatal(err)
	}
	var stored []inbox.Entry
	var refused inbox.Entry
	for range 1000 {
		e := newEntry(50 << 10)
		if _, err := box.Put(t.Context(), e); err != nil {
			if !strings.Contains(err.Error(), "full") {
				t.Errorf("Put on a full disk: %v", err)
			}
			refused = e
			break
		}
		stored = append(stored, e)
	}
	if refused.Delivery == nil || len(stored) == 0 {
		t.Fatalf("%d Puts fit, and none was refused", len(stored))
	}
	wg.Go(func() {
		h := handlerFunc(func(context.Context, *delivery) error { return nil })
		if err := box.Run(ctx, map[string]inbox.Handler{"links": h}); err != nil {
			t.Error(err)
		}
	})
	time.Sleep(300 * time.Millisecond) // with no room for what it has to write
	if err := box.SetMaxPages(1 << 20); err != nil {
		t.Fatal(err)
	}
	if receipt, err := box.Put(t.Context(), refused); err != nil || receipt.Duplicate {
		t.Errorf("Put when there is room again: %+v, %v", receipt, err)
	}
	for _, e := range append(stored, refused) {
		for end := time.Now().Add(60 * time.Second); ; time.Sleep(10 * time.Millisecond) {
			r, err := box.Get(t.Context(), e.Key)
			if err != nil {
				t.Fatalf("Get of what was stored: %v", err)
			}
			if r.State == inbox.Done {
				break
			}
			if time.Now().After(end) {
				t.Fatalf("a delivery is %v, after a full disk", r.State)
			}
		}
	}
}

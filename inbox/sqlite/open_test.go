package inboxsqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/inbox"
	inboxsqlite "github.com/hooklatch/hooklatch/inbox/sqlite"
)

// change runs a statement in a file that no box has open.
func change(t *testing.T, file, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }() // all was committed
	if _, err := db.Exec(statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// openOnce opens a box and closes it.
func openOnce(t *testing.T, file string, s inbox.Settings) error {
	t.Helper()
	box, err := inboxsqlite.Open(t.Context(), file, &inboxsqlite.Options{Settings: s})
	if err == nil {
		err = box.Close()
	}
	return err
}

// TestOpenSaysWhatIsWrong: each mistake has an error of its own, and none is
// silent.
func TestOpenSaysWhatIsWrong(t *testing.T) {
	fresh := func(t *testing.T) string {
		file := filepath.Join(t.TempDir(), "inbox.db")
		if err := openOnce(t, file, inbox.Settings{}); err != nil {
			t.Fatal(err)
		}
		return file
	}
	for name, c := range map[string]struct {
		file func(t *testing.T) string
		set  inbox.Settings
		want error
		text string
	}{
		"newer": {file: func(t *testing.T) string {
			file := fresh(t)
			change(t, file, "UPDATE hooklatch_inbox_version SET version = 9, works = 7")
			return file
		}, want: inbox.ErrNewer, text: "version 7"},
		"no database": {file: func(t *testing.T) string {
			file := filepath.Join(t.TempDir(), "inbox.db")
			if err := os.WriteFile(file, []byte(strings.Repeat("this is a text\n", 1000)), 0o600); err != nil {
				t.Fatal(err)
			}
			return file
		}, want: inbox.ErrForeign, text: "not a database"},
		"another's table": {file: func(t *testing.T) string {
			file := filepath.Join(t.TempDir(), "inbox.db")
			change(t, file, "CREATE TABLE hooklatch_inbox (mine text)")
			return file
		}, want: inbox.ErrForeign, text: "already exists"},
		"no folder": {file: func(t *testing.T) string {
			return filepath.Join(t.TempDir(), "none", "inbox.db")
		}, want: os.ErrNotExist},
		"a second box": {file: func(t *testing.T) string {
			file := filepath.Join(t.TempDir(), "inbox.db")
			open(t, file, inbox.Settings{})
			return file
		}, want: inbox.ErrInUse},
		"negative":  {file: fresh, set: inbox.Settings{Workers: -1, Retain: -time.Second}, text: "Retain is negative"},
		"retention": {file: fresh, set: inbox.Settings{Retain: time.Minute}, text: "retention below MinRetain"},
	} {
		t.Run(name, func(t *testing.T) {
			err := openOnce(t, c.file(t), c.set)
			if err == nil || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("Open: %v, want %v, with %q", err, c.want, c.text)
			}
		})
	}
}

// TestNewerThatWorksBeside: a newer version that has only added to the tables
// runs beside this one.
func TestNewerThatWorksBeside(t *testing.T) {
	file := filepath.Join(t.TempDir(), "inbox.db")
	box := open(t, file, inbox.Settings{})
	e := newEntry(10)
	if _, err := box.Put(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	if err := box.Close(); err != nil {
		t.Fatal(err)
	}
	change(t, file, "UPDATE hooklatch_inbox_version SET version = 9")
	change(t, file, "ALTER TABLE hooklatch_inbox ADD COLUMN later text NOT NULL DEFAULT ''")
	again := open(t, file, inbox.Settings{})
	if _, err := again.Get(t.Context(), e.Key); err != nil {
		t.Errorf("Get in tables of a newer version: %v", err)
	}
	if _, err := again.Put(t.Context(), newEntry(10)); err != nil {
		t.Errorf("Put in tables of a newer version: %v", err)
	}
}

// TestReopened: all is there, and what waited runs.
func TestReopened(t *testing.T) {
	file := filepath.Join(t.TempDir(), "inbox with space?#.db")
	box := open(t, file, inbox.Settings{})
	e := newEntry(1 << 20)
	if _, err := box.Put(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	if err := box.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := box.Put(t.Context(), newEntry(1)); err == nil {
		t.Error("Put in a closed box: no error")
	}
	if _, err := os.Stat(file); err != nil {
		t.Errorf("the file is not where it should be: %v", err)
	}
	box = open(t, file, inbox.Settings{})
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan int, 1)
	go func() {
		defer close(ran)
		err := box.Run(ctx, map[string]inbox.Handler{"links": handlerFunc(func(_ context.Context, d *delivery) error {
			ran <- len(d.Body)
			cancel()
			return nil
		})})
		if err != nil {
			t.Error(err)
		}
	}()
	if n := <-ran; n != 1<<20 {
		t.Errorf("the handler got %d bytes", n)
	}
	<-ran
	if r, err := box.Get(t.Context(), e.Key); err != nil || r.State != inbox.Done {
		t.Errorf("after a restart: %+v, %v", r, err)
	}
}

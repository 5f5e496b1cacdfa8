package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch/internal/testserver"
)

// TestMain makes the test binary a receiver where it is started as one.
func TestMain(m *testing.M) {
	if os.Getenv(storeVar) != "" {
		exit(receive())
	}
	os.Exit(m.Run())
}

func TestSQLite(t *testing.T) { play(t, "sqlite") }

func TestPostgres(t *testing.T) {
	if testing.Short() {
		t.Skip("what a killed replica had in hand takes most of a minute")
	}
	testserver.Need(t, "postgres")
	play(t, "postgres")
}

func play(t *testing.T, store string) {
	var out bytes.Buffer
	err := show(t.Context(), &out, store, &stage{events: 300, kills: 3})
	t.Log(out.String())
	if err != nil {
		t.Error(err)
	}
	if !strings.Contains(out.String(), "Nothing was lost, and nothing took effect twice.") {
		t.Error("the last line is missing")
	}
}

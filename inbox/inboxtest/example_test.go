package inboxtest_test

import (
	"testing"

	"github.com/hooklatch/hooklatch/inbox"
	"github.com/hooklatch/hooklatch/inbox/inboxtest"
)

// The first test of a box: all of the contract. open stands for what makes an
// empty box with these settings.
func ExampleRun() {
	_ = func(t *testing.T, open func(t *testing.T, s inboxtest.Settings) inbox.Runner) {
		inboxtest.Run(t, open, nil)
	}
}

package check

import (
	"context"
	"errors"
	"reflect"
	"time"

	"github.com/hooklatch/hooklatch/linktree/api"
)

// Watch runs the check at once and then in the interval, until ctx ends, and
// calls changed with the first report and with each one in which an item has
// another status than in the one before, which is nil for the first. It is what
// feeds a program's readiness and its metrics while it runs:
//
//	var ready atomic.Bool
//	go check.Watch(ctx, client, 5*time.Minute, nil, func(_, now *check.Report) {
//		ready.Store(now.Status() != check.Fail)
//	})
//
// An interval that is over while the check still runs is left out. Watch returns
// ctx's error; it panics if the interval is not positive, and if changed does.
func Watch(ctx context.Context, client *api.Client, interval time.Duration, o *Options, changed func(before, now *Report)) error {
	ticker := time.NewTicker(interval) // which panics
	defer ticker.Stop()
	var before *Report
	for {
		now := Run(ctx, client, o)
		if ctx.Err() != nil {
			return ctx.Err() // and the report says no more than that
		}
		if before == nil || differ(before, now) {
			changed(before, now)
		}
		before = now
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// differ tells whether an item has another status.
func differ(before, now *Report) bool {
	for i, item := range now.Items {
		if before.Items[i].Status != item.Status {
			return true
		}
	}
	return false
}

// Misconfigured returns the report of a program that can't check anything, since
// the client could not be made: an item that has failed for each of the errors
// that are joined in err, such as those of [api.New].
func Misconfigured(err error) *Report {
	r := &Report{Time: time.Now()}
	for _, err := range split(err) {
		item := failed(errorText(err), nil)
		item.Name = Configuration
		r.Items = append(r.Items, item)
	}
	return r
}

// split returns the errors that [errors.Join] has joined in err, and leaves those
// alone that wrap several for another reason.
func split(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || reflect.TypeOf(err) != joinType {
		return []error{err}
	}
	var all []error
	for _, err := range joined.Unwrap() {
		all = append(all, split(err)...)
	}
	return all
}

var joinType = reflect.TypeOf(errors.Join(errors.New("")))

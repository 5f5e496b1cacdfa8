package main

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/hooklatch/hooklatch/linktree/api"
	"github.com/hooklatch/hooklatch/transport"
)

const (
	tokenVar   = "LINKTREE_API_TOKEN"
	keyVar     = "LINKTREE_API_KEY" // the same by another name
	webhookVar = "LINKTREE_WEBHOOK_URL"
)

// fromEnvironment returns a client as the program in production has it. Its
// errors name what is to be set, and show nothing of what is.
func fromEnvironment(env func(string) string) (*api.Client, error) {
	token, key, webhook := env(tokenVar), env(keyVar), env(webhookVar)
	var errs []error
	switch {
	case token == "" && key == "":
		errs = append(errs, fmt.Errorf("check: set %s (or %s) to the API token", tokenVar, keyVar))
	case token != "" && key != "" && token != key:
		errs = append(errs, fmt.Errorf("check: %s and %s differ: set one of them", tokenVar, keyVar))
	}
	if len(errs) > 0 {
		return nil, errors.Join(append(errs, errors.New("check: -fake needs no token, and shows what a check is"))...)
	}
	return api.New(transport.StaticToken(cmp.Or(token, key)), &api.Options{WebhookURL: webhook})
}

package tokens

import (
	"context"
	"time"
)

// A Token is what the manager has.
type Token struct {
	// Value is what is sent.
	Value string

	// Issued is when the token was made, for the warning about its age. Zero
	// is not known, and never old.
	Issued time.Time
}

// A Manager returns the tokens that are valid now, the newest first: it reads
// them from AWS Secrets Manager, GCP Secret Manager, Vault or a file. During a
// rotation it may return the old one, too, which is used if the provider refuses
// the new one.
//
// No tokens, or only empty ones, and a nil error mean that they were withdrawn. A
// Manager that can't tell must return an error. The context ends after
// [Options.Timeout], and carries no request's values. Errors are logged and
// passed on: they must not hold a token.
type Manager func(ctx context.Context) ([]Token, error)

// Strings makes a Manager of a function without times, such as one that a
// program also gives to package verify/rotate.
func Strings(values func(ctx context.Context) ([]string, error)) Manager {
	return func(ctx context.Context) ([]Token, error) {
		all, err := values(ctx)
		if err != nil {
			return nil, err
		}
		found := make([]Token, len(all))
		for i, value := range all {
			found[i].Value = value
		}
		return found, nil
	}
}

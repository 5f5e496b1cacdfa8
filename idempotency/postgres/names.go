package postgres

import (
	_ "embed"
	"strings"

	"github.com/jackc/pgx/v5"
)

//go:embed schema.sql
var schema string

// statements are a store's, with its own names.
type statements struct {
	schema, tables                           string
	claim, extend, complete, release, verify string
	bind, sweepClaims, sweepSeals            string
}

// newStatements puts names in the place of the default ones.
func newStatements(schemaName, prefix string) statements {
	plain := func(name string) string { return pgx.Identifier{prefix + name}.Sanitize() }
	qualified := plain
	if schemaName != "" {
		qualified = func(name string) string { return pgx.Identifier{schemaName, prefix + name}.Sanitize() }
	}
	// Indexes and constraints live in their table's schema, and can't be
	// qualified. Where two names begin alike, the first listed counts.
	r := strings.NewReplacer(
		"hooklatch_claims_key", plain("_claims_key"),
		"hooklatch_claims_seen_at", plain("_claims_seen_at"),
		"hooklatch_seals_seal", plain("_seals_seal"),
		"hooklatch_seals_until", plain("_seals_until"),
		"hooklatch_claims", qualified("_claims"),
		"hooklatch_seals", qualified("_seals"),
		"hooklatch_fences", qualified("_fences"),
	)
	return statements{
		schema:      r.Replace(schema),
		tables:      r.Replace(tablesSQL),
		claim:       r.Replace(claimSQL),
		extend:      r.Replace(extendSQL),
		complete:    r.Replace(completeSQL),
		release:     r.Replace(releaseSQL),
		verify:      r.Replace(verifySQL),
		bind:        r.Replace(bindSQL),
		sweepClaims: r.Replace(sweepClaimsSQL),
		sweepSeals:  r.Replace(sweepSealsSQL),
	}
}

// maxName leaves room for what is put behind a prefix, within the 63 bytes
// that PostgreSQL cuts names to.
const maxName = 40

func usableName(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != "" && len(s) <= maxName
}

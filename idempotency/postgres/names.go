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
	schema, made                                   string
	claim, extend, complete, release, forget, bind string
	verify, mark                                   string
	sweepClaims, sweepDigests                      string
}

// newStatements puts a store's names in the place of those in the sources.
func newStatements(schemaName, namespace string) statements {
	plain := func(name string) string { return pgx.Identifier{"hooklatch_" + namespace + name}.Sanitize() }
	qualified := plain
	if schemaName != "" {
		qualified = func(name string) string {
			return pgx.Identifier{schemaName, "hooklatch_" + namespace + name}.Sanitize()
		}
	}
	// Indexes and constraints live in their table's schema, and can't be
	// qualified. Where two names begin alike, the first listed counts.
	r := strings.NewReplacer(
		"hooklatch_claims_key", plain("_claims_key"),
		"hooklatch_claims_seen_at", plain("_claims_seen_at"),
		"hooklatch_digests_digest", plain("_digests_digest"),
		"hooklatch_digests_until", plain("_digests_until"),
		"hooklatch_claims", qualified("_claims"),
		"hooklatch_digests", qualified("_digests"),
		"hooklatch_fences", qualified("_fences"),
		"hooklatch_claim(", qualified("_claim")+"(",
		"hooklatch_bind(", qualified("_bind")+"(",
	)
	return statements{
		schema:       r.Replace(schema),
		made:         r.Replace(madeSQL),
		claim:        r.Replace(claimSQL),
		extend:       r.Replace(extendSQL),
		complete:     r.Replace(completeSQL),
		release:      r.Replace(releaseSQL),
		forget:       r.Replace(forgetSQL),
		bind:         r.Replace(bindSQL),
		verify:       r.Replace(verifySQL),
		mark:         r.Replace(markSQL),
		sweepClaims:  r.Replace(sweepClaimsSQL),
		sweepDigests: r.Replace(sweepDigestsSQL),
	}
}

// maxName leaves room for what is put around a namespace, within the 63 bytes
// that PostgreSQL cuts names to.
const maxName = 32

func usableName(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		digit := c >= '0' && c <= '9'
		if !letter && !digit && c != '_' {
			return false
		}
	}
	return s != "" && len(s) <= maxName
}

module github.com/hooklatch/hooklatch/idempotency/postgres

go 1.26.0

require (
	github.com/google/go-cmp v0.7.0
	github.com/hooklatch/hooklatch v0.0.0
	github.com/jackc/pgx/v5 v5.13.0
)

require (
	github.com/jackc/pgpassfile v1.0.0 // indirect
	github.com/jackc/pgservicefile v0.0.0-20240606120523-5a60cdf6a761 // indirect
	github.com/jackc/puddle/v2 v2.2.3 // indirect
	golang.org/x/sync v0.25.0 // indirect
	golang.org/x/text v0.44.0 // indirect
)

replace github.com/hooklatch/hooklatch => ../..

// Package postgres is a store of deliveries in PostgreSQL, for programs of
// several replicas and for effects in the same database: there a delivery takes
// effect exactly once, even if the process dies in between. It takes a pgx pool.
//
//	pool, err := pgxpool.New(ctx, os.Getenv("DATABASE_URL"))
//	…
//	store := postgres.New(pool, nil)
//	err = store.Migrate(ctx)
//	…
//	http.Handle("/webhooks/linktree", linktree.Receiver(scheme, store, mux, nil))
//
// # Exactly once
//
// A handler that writes to the same database asks [Tx] for the transaction that
// its delivery is marked done in:
//
//	tx, err := postgres.Tx(ctx)
//	if err != nil {
//		return err
//	}
//	_, err = tx.Exec(ctx, "INSERT INTO links …")
//	return err
//
// Its writes and the mark are committed together when it has returned nil, and
// before the sender is told so. What a handler does elsewhere, such as sending
// an e-mail, takes no part in that.
//
// While a paused process holds such a transaction open, another that has taken
// the delivery over may wait for the rows that it has written. The setting
// idle_in_transaction_session_timeout bounds that: a minute is good.
//
// # Time
//
// Leases and retentions are counted by the server's clock, and no other is
// asked: replicas whose clocks differ behave. A step of the server's clock ends
// leases early or late, and so may hand a delivery over too soon; the fence
// keeps the first holder from completing it.
//
// # The server's settings
//
// A mark that the server has confirmed must last: leave synchronous_commit on.
// A failover to a standby that is not synchronous may forget the latest claims
// and marks, along with everything else that was committed then; their
// deliveries, if sent again, take effect again, in the database that has
// forgotten the first time as well.
//
// The default isolation level must be read committed, as it is unless somebody
// has changed it. At a higher one, of claims that race all but one fail, and
// those deliveries come again.
//
// Behind a connection pooler such as PgBouncer, set the pool's
// DefaultQueryExecMode as pgx says; all modes will do.
//
// # Sweeping
//
// What is over is not gone before [Store.Sweep] has deleted it. Call it from
// time to time, or [Store.SweepEvery] in a goroutine, or from a cron job. A
// delivery takes some 300 bytes for four days, or a day longer than its
// retention if that is more.
//
// A claim whose lease has run out stays its holder's until another takes over,
// so that a late Complete still counts; if neither happens for days, it is
// swept, and a Complete after that returns idempotency.ErrLost.
//
// Rows are updated in place, beside all indexes, and each update leaves space
// that the next takes up. The default settings of autovacuum do for the rest.
package postgres

// Package postgres is a store of deliveries in PostgreSQL, for programs of
// several replicas and for effects in the same database: there a delivery takes
// effect exactly once, even if the process dies in between. It takes a pgx pool.
//
//	pool, err := pgxpool.New(ctx, os.Getenv("DATABASE_URL"))
//	…
//	store := postgres.New(pool, "orders", nil)
//	err = store.Migrate(ctx)
//	…
//	hook := middleware.NewEndpoint("linktree", nil)
//	http.Handle("/webhooks/linktree", hook.Receiver(scheme, store, mux, nil))
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
// before the sender is told so; a deferred Rollback and a Commit at the end do
// no harm. If the handler fails, for good too, nothing of its writes stays. What
// it does elsewhere, such as sending an e-mail, takes no part in that.
//
// While a paused process holds such a transaction open, another that has taken
// the delivery over may wait for the rows that it has written. The setting
// idle_in_transaction_session_timeout bounds that: a minute is good.
//
// # Time
//
// Leases, retentions and ttls are counted by the server's clock, and no other is
// asked: replicas whose clocks differ behave. When an operator sets that clock,
// or a failover leads to a server with another:
//
//   - Back: no lease grows. The first Claim that finds more time left than the
//     holder has asked for counts the lease anew, from then on. Retentions and
//     ttls last longer, by the step.
//   - Forward: leases end early, by the step. A duplicate that comes before the
//     holder's next renewal is granted beside it: both handlers run. The fence
//     keeps the first from being completed, and a transaction of [Tx] with it.
//     Retentions and ttls end early too. Let NTP slew the clock.
//
// # The server's settings
//
// A mark that the server has confirmed must last: leave synchronous_commit on.
// A failover to a standby that is not synchronous may forget the latest claims
// and marks, along with everything else that was committed then; their
// deliveries, if sent again, take effect again, in the database that has
// forgotten the first time as well.
//
// The default isolation level must be read committed, as it is unless it was
// changed. At a higher one, of claims that race all but one fail, and those
// deliveries come again.
//
// # Poolers and failovers
//
// The store's own calls work behind PgBouncer and its like in each of their pool
// modes, whatever the pool's DefaultQueryExecMode: each is one message that
// stands for itself, unless [Options] has them prepared. What a handler does in [Tx] is sent in the pool's default
// mode, so set that as pgx says for a pooler: QueryExecModeExec,
// CacheDescribe or SimpleProtocol. In PgBouncer's statement mode there are no
// transactions: [Tx] and [Store.Migrate] return errors.
//
// After a failover, connections to a server that was made read-only are closed
// (SQLSTATE class 25), and so are those that a server ends as it shuts down or
// crashes (57P). The pool is reset then, at most once a second, and the call is
// made again on a new connection: let the pool's address lead to the primary, or
// give it several hosts and target_session_attrs=read-write. A server that is
// read-only tells nothing of what is done, for it may be out of date.
//
// # A full disk
//
// Claims in flight are extended, completed, released and forgotten in place: the
// tables leave room for that in each page, so that it works while the data's
// disk is full and new claims are refused. A session that holds an old snapshot
// open for long takes that room up. When the disk of the log (WAL) is full, the
// server itself stops.
//
// # Sweeping
//
// What is over is not gone before [Store.Sweep] has deleted it. Call it from
// time to time, or [Store.SweepEvery] in a goroutine, or from a cron job. A
// delivery takes some 500 bytes for four days, or a day longer than its
// retention if that is more.
//
// A claim whose lease has run out stays its holder's until another takes over,
// so that a late Complete still counts; if neither happens for days, it is
// swept, and a Complete after that returns idempotency.ErrLost.
//
// Rows are updated in place, beside all indexes, and each update leaves space
// that the next takes up. Duplicates are only read. The default settings of
// autovacuum do for the rest.
package postgres

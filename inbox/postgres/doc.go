// Package inboxpostgres is an [inbox.Box] in PostgreSQL, for any number of
// replicas: each of them may Put, and each that calls Run takes a share of the
// work.
//
//	box, err := inboxpostgres.New(ctx, pool, nil)
//	http.Handle("/webhooks/linktree", hook.InboxReceiver(scheme, box, nil))
//	go box.Run(ctx, map[string]inbox.Handler{"linktree": mux})
//
// All tables are in a schema of their own, with River's beside ours, so that a
// River of the program's own in the same database is another one. Puts and the
// ends of attempts that come at the same time in one process share a
// transaction.
//
// What a replica had in hand when it was killed runs in another one within the
// handler's time-out and a minute.
//
// Behind PgBouncer in transaction mode, set Options.PollOnly, and the pool's
// DefaultQueryExecMode to [pgx.QueryExecModeExec] or
// [pgx.QueryExecModeCacheDescribe].
package inboxpostgres

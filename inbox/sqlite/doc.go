// Package inboxsqlite is an [inbox.Box] in a SQLite file, for one process: the
// same program, with nothing to install, keeps deliveries through crashes,
// restarts and outages of what is behind it.
//
//	box, err := inboxsqlite.Open(ctx, "inbox.db", nil)
//	http.Handle("/webhooks/linktree", hook.InboxReceiver(scheme, box, nil))
//	go box.Run(ctx, map[string]inbox.Handler{"linktree": mux})
//
// The file is in write-ahead mode, and each commit is on the disk before it is
// answered. Puts and the ends of attempts that come at the same time share a
// transaction: many callers get more done than one.
//
// One process at a time has the file open; a second one gets [inbox.ErrInUse],
// on Unix systems. The lock is on a file of its own beside it, "inbox.db-lock",
// and ends with the process. What a killed process had in hand runs again as soon as the
// next one begins to Run.
//
// It stands on modernc.org/sqlite, which needs no C compiler, and on River.
package inboxsqlite

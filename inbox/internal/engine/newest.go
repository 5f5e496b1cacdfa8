package engine

import "context"

const noteNewest = `INSERT INTO hooklatch_inbox_newest AS n (entity, version) VALUES (?, ?)
ON CONFLICT (entity) DO UPDATE SET version = excluded.version WHERE n.version <= excluded.version`

// Newest notes the version of an entity in the handler's transaction, and tells
// whether none that is newer was noted before.
func Newest[TTx any](ctx context.Context, entity string, version int64) (bool, error) {
	tx, err := Tx[TTx](ctx)
	if err != nil {
		return false, err
	}
	a := ctx.Value(attemptKey{}).(*attempt[TTx]) // Tx has found it
	name := text(a.row.endpoint + " " + entity)
	changed, err := a.e.db.In(tx).Exec(ctx, noteNewest, []any{name, version})
	if err != nil {
		return false, a.e.failed("newest", err)
	}
	return changed[0] > 0, nil
}

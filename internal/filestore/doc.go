// Package filestore is an [idempotency.Store] in a folder, for tests that need
// claims to outlive a process: one that is killed in the middle of a handler,
// say, whose delivery another process then takes over.
//
// It is not for production. Every call opens, locks and closes a file, and one
// at a time works in the whole folder. Nothing is synced to disk: what it wrote
// survives the death of a process, not that of the machine. Leases run by the
// wall clock, which can jump. Completed deliveries are cleared away only when
// they are claimed again. And it takes advisory file locks, which network file
// systems may not keep.
package filestore

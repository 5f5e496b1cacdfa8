// Package testserver starts the servers that tests of shared stores need: real
// ones (Redis or Valkey, PostgreSQL, PgBouncer) from the PATH, each on a free
// port of the loopback interface and with a temporary folder. Tests kill,
// restart and pause them, and set the clock of one that has its own.
//
// Where a program is missing, the test is skipped and says which Debian package
// has it. With HOOKLATCH_REQUIRE_SERVERS=1 in the environment it fails instead:
// so that a machine that should have all servers can't pass without them.
//
// A server that a test has to itself ends with the test. Those that all tests
// of a binary share end with [Main]. On Linux they also die when the test
// process is killed; their folders are then left behind.
//
// It works on Unix systems. Children of a server, such as PostgreSQL's
// backends, are paused and killed with it on Linux only.
package testserver

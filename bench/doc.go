// Package bench holds what the benchmarks, the load driver and the servers
// under load have in common: deliveries that are all genuine and all different,
// and the receivers that are compared.
//
// docs/performance.md says how to run them, and what they show.
package bench

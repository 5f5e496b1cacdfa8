// Package bench measures. It holds what the benchmarks, the load driver and the
// servers under load share: deliveries that are all genuine and all different,
// and the receivers that are compared. The module is never tagged.
//
// docs/performance.md says how to run the programs, and shows their results.
package bench

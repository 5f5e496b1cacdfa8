package memory

// Options are the sizes of a [Store]. The zero value is useful. Package lru has
// the same.
type Options struct {
	// Capacity is how many completed deliveries the store remembers at
	// most; 0 means 100,000. Package lru says how to choose it.
	Capacity int

	// Bindings is how many signed contents the store remembers at most for
	// its [Store.Bind]; 0 means as many as Capacity.
	Bindings int
}

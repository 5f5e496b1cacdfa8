package transport

import "context"

type repeatKey struct{}

// onRepeat returns a copy of ctx with which a layer further in asks before it
// sends the request once more of its own accord: the layers that count have
// seen it go only once. Those of layers further out are asked first.
func onRepeat(ctx context.Context, ask func(context.Context) error) context.Context {
	outer, ok := ctx.Value(repeatKey{}).(func(context.Context) error)
	if !ok {
		return context.WithValue(ctx, repeatKey{}, ask)
	}
	return context.WithValue(ctx, repeatKey{}, func(ctx context.Context) error {
		if err := outer(ctx); err != nil {
			return err
		}
		return ask(ctx)
	})
}

// beforeRepeat waits until the request with the context may be sent once more,
// or says why it may not.
func beforeRepeat(ctx context.Context) error {
	if ask, ok := ctx.Value(repeatKey{}).(func(context.Context) error); ok {
		return ask(ctx)
	}
	return nil
}

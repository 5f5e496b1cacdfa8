package storetest

// The sentences of the contract that failures quote, word for word.
const (
	ruleGranted     = "It is Granted, under a higher fence than any before it for the key, if the key is unknown, has been released, is done but its retention has run out, or is in flight but its lease has run out."
	ruleOneGranted  = "Of any number of concurrent Claims one is Granted."
	ruleSameOwner   = "If the claim is in flight and its holder is r.Owner itself, the answer is Granted again with the same fence, and the lease is counted anew."
	ruleElse        = "Otherwise the answer is InFlight or Done."
	ruleNoRefresh   = "Neither changes anything: a duplicate extends neither the lease nor the retention."
	ruleNotDropped  = "A claim in flight is never dropped to make room for others."
	ruleFence       = "Fence numbers the grant: each for a key is higher than all before it."
	ruleFenceZero   = "Zero unless the State is Granted."
	ruleFingerprint = "Fingerprint is that of the request that made the claim in flight or done; the request's own if Granted."
	ruleRetryAfter  = "RetryAfter is the time until the holder's lease runs out if the State is InFlight, and more than zero then; zero otherwise."

	ruleLease        = "Lease is for how long the claim holds unless it is extended."
	ruleLeaseValid   = "It must be positive."
	ruleExtend       = "Extend lets the lease run from now on for the given time, which must be positive."
	ruleRevive       = "It also revives a lease that has run out, unless another holder took over."
	ruleNotInFlight  = "It returns ErrLost if the key is not in flight under this fence."
	ruleComplete     = "Complete marks the key done and remembers it for retain, which must be positive."
	ruleLateComplete = "It also works after the lease has run out, unless another holder took over."
	ruleTwice        = "To complete again under the same fence is no error and changes nothing."
	ruleNotDone      = "It returns ErrLost if the key is neither in flight nor done under this fence."
	ruleRelease      = "Release gives the claim up: the next Claim is Granted at once."

	ruleError = "When a call can't be carried out within its context, or at all, it returns an error and, from Claim, the zero Claim."
	ruleGuess = "It must never answer Granted on a guess."
	ruleOnce  = "A Store remembers which deliveries are being handled and which are done, so that each takes effect once however often it is sent."
	ruleLost  = "ErrLost is returned by Extend, Complete and Release when the caller does not hold the claim: another holder took over after the lease ran out, or the claim has ended."

	ruleAtomic       = "Each method is atomic: calls for one key that overlap have the same outcome as if they had come one after the other."
	ruleLongest      = "Any positive duration is valid, the longest too: math.MaxInt64 nanoseconds are 292 years."
	ruleNeverLonger  = "It is never longer than the lease."
	ruleClockBack    = "No lease grows by it: a Claim that finds more time left than the holder last asked for counts that lease anew."
	ruleClockForward = "Fences rise over the step all the same: the first holder's Extend, Complete and Release return ErrLost once another has taken over."

	ruleKeys     = "no two different identities share a key"
	ruleIsolated = "Each must be empty and know nothing of the others"

	ruleBind      = "Bind returns the first key that was bound to the digest within the ttl, and binds key if none was."
	ruleBindFirst = "A second Bind does not refresh the ttl, which must be positive and is counted from the first call."

	ruleForget         = "Forget makes a key that is done unknown and reports whether it was done."
	ruleForgotten      = "The next Claim is Granted, under a higher fence than any before it, and a late Complete under the forgotten fence returns ErrLost."
	ruleForgetBound    = "Keys that a ReplayGuard has bound stay bound."
	ruleForgetUnknown  = "To forget an unknown key is no error."
	ruleForgetInFlight = "Forget returns ErrInFlight, and changes nothing, while a claim holds the key, even one whose lease has run out: its holder may still complete it."
)

package limit

import "time"

// Class is a group of operations that share limits: one bucket per key, one per user and one per address for the whole class.
type Class struct {
	Name    string
	Caller  Limit   // per API key and per user
	Address Limit   // per IPv4 address or IPv6 /64; above Caller where an office or a mobile network shares one address
	Strict  *Strict // set for classes in which a secret can be guessed
}

// Strict are the limits that a guessable class falls back to while the store does not answer: then each process counts alone and an
// attacker may ask each of them. They hold beside the class's own limit per user.
type Strict struct {
	Address Limit
	Global  Limit // over all callers of one process
}

// The classes. Why these numbers: a technician's app reads a few times a minute and a console some times a second; a phone that was
// offline for a day brings its backlog at once (Burst); an office of fifty shares one address; a person mistypes a password some
// times, and a guesser gets at most fifty tries an hour at one account from one address (OWASP ASVS 4.0.3 §2.2.1 allows a hundred). Tries at
// one account from many addresses are slowed by the sign-in itself, which knows the places that the owner signs in from: one bucket for
// the name alone would let a stranger keep the owner out.
var (
	// Guess: sign-in, refresh, password reset, invitation and sign-up: whatever a secret, or who has an account, can be guessed by.
	Guess = Class{
		Name:    "guess",
		Caller:  Limit{Rate: 10, Period: 15 * time.Minute, Burst: 10},
		Address: Limit{Rate: 60, Period: 5 * time.Minute, Burst: 60},
		Strict: &Strict{
			Address: Limit{Rate: 10, Period: 5 * time.Minute, Burst: 10},
			Global:  Limit{Rate: 60, Period: time.Minute, Burst: 60},
		},
	}
	// Read: everything that changes nothing.
	Read = Class{
		Name:    "read",
		Caller:  Limit{Rate: 600, Period: time.Minute, Burst: 200},
		Address: Limit{Rate: 6000, Period: time.Minute, Burst: 2000},
	}
	// Write: everything that changes something and is in no other class.
	Write = Class{
		Name:    "write",
		Caller:  Limit{Rate: 300, Period: time.Minute, Burst: 150},
		Address: Limit{Rate: 3000, Period: time.Minute, Burst: 1500},
	}
	// Bulk: imports, exports and whatever works on a whole organization.
	Bulk = Class{
		Name:    "bulk",
		Caller:  Limit{Rate: 10, Period: time.Minute, Burst: 5},
		Address: Limit{Rate: 60, Period: time.Minute, Burst: 30},
	}
	// Stream: opening an event stream; a phone in a tunnel reopens it often.
	Stream = Class{
		Name:    "stream",
		Caller:  Limit{Rate: 30, Period: time.Minute, Burst: 15},
		Address: Limit{Rate: 600, Period: time.Minute, Burst: 300},
	}
	// Position: a technician's position, every ten seconds at most.
	Position = Class{
		Name:    "position",
		Caller:  Limit{Rate: 30, Period: time.Minute, Burst: 60},
		Address: Limit{Rate: 3000, Period: time.Minute, Burst: 3000},
	}
)

// Classes lists every class.
func Classes() []Class { return []Class{Guess, Read, Write, Bulk, Stream, Position} }

// bucket is one counter that a request counts against.
type bucket struct {
	key   string
	name  string
	limit Limit
}

// buckets gives the counters of a request: at least the address's.
func (c Class) buckets(who Caller) []bucket {
	return append(c.callerBuckets(who), c.bucket("address", network(who.Address), c.Address))
}

// bucketsWithoutStore gives the counters of a request while the store does not answer.
func (c Class) bucketsWithoutStore(who Caller) []bucket {
	if c.Strict == nil {
		return c.buckets(who)
	}
	return append(c.callerBuckets(who),
		c.bucket("address", network(who.Address), c.Strict.Address),
		c.bucket("global", "", c.Strict.Global))
}

func (c Class) callerBuckets(who Caller) []bucket {
	b := make([]bucket, 0, 4)
	if who.Key != "" {
		b = append(b, c.bucket("key", fingerprint(who.Key), c.Caller))
	}
	if who.User != "" {
		b = append(b, c.bucket("user", fingerprint(who.User), c.Caller))
	}
	if who.Account != "" {
		b = append(b, c.bucket("account", fingerprint(who.Account)+"@"+network(who.Address), c.Caller))
	}
	return b
}

func (c Class) bucket(scope, id string, l Limit) bucket {
	return bucket{key: "tournee:" + c.Name + ":" + scope + ":" + id, name: c.Name + "-" + scope, limit: l}
}

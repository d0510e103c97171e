package road

import "errors"

// Kind tells what a caller can do about an error.
type Kind uint8

// The kinds of errors.
const (
	// Unavailable: no connection, too late, overloaded or broken inside. Later it may work.
	Unavailable Kind = iota
	// Resting: it was unavailable several times in a row and is not asked for a while.
	Resting
	// Refused: the engine does not do this: a place without roads, a table too large, a transport without a map. Asking again does not help.
	Refused
	// Malformed: what it answers is no table of the size asked for.
	Malformed
	// GivenUp: the caller's context ended.
	GivenUp
)

// Error is what went wrong with a road engine. It never holds its address, which may carry a password, or a place.
type Error struct {
	Kind Kind
	Err  error
}

// Error implements error.
func (e *Error) Error() string { return "road engine: " + e.Err.Error() }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf is the kind of an error of this package; Unavailable for any other.
func KindOf(err error) Kind {
	if known, ok := errors.AsType[*Error](err); ok {
		return known.Kind
	}
	return Unavailable
}

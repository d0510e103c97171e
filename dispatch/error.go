package dispatch

import (
	"errors"
	"fmt"
	"strings"
)

// Kind says what a caller can do about an error; the api maps each kind to one HTTP status.
type Kind uint8

// The kinds, with the HTTP status the api gives them.
const (
	KindInternal        Kind = iota // 500: ours; the details stay in the log
	KindInvalid                     // 422: the input is wrong; Faults say where
	KindUnauthenticated             // 401: who are you?
	KindForbidden                   // 403: known, but not allowed
	KindNotFound                    // 404: no such thing, or not visible to the caller
	KindConflict                    // 409: true input that the present state refuses
	KindStale                       // 412: the version given is no longer the current one
	KindTooMany                     // 429: slow down
	KindUnavailable                 // 503: try again later
	KindGone                        // 410: it was there, and is over
)

// Fault is one thing wrong with an input.
type Fault struct {
	Path   string         // RFC 6901 JSON pointer into the request body, or "" for the whole
	Code   string         // stable code, a key of the message catalogue
	Params map[string]any // what the catalogue's sentence names
}

// Error is the error that leaves this package: a stable code a program can act on, a kind, and every fault at once.
// Its sentence for people is in the message catalogue under Code.
type Error struct {
	Kind   Kind
	Code   string
	Params map[string]any
	Faults []Fault
	Err    error // the cause, for the log; never shown
}

// Error implements error, for logs; people read the catalogue's sentence.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Code)
	for _, f := range e.Faults {
		fmt.Fprintf(&b, "; %s: %s %v", f.Path, f.Code, f.Params)
	}
	if e.Err != nil {
		b.WriteString(": ")
		b.WriteString(e.Err.Error())
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf gives the kind of err: KindInternal for an error that is not an *Error.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return KindInternal
}

// CodeOf gives the stable code of err: "internal" for an error that is not an *Error.
func CodeOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return "internal"
}

// NotFound says that noun (a glossary word in lower case, such as "visit") does not exist or is not the caller's to see.
func NotFound(noun string) error {
	return &Error{Kind: KindNotFound, Code: "not_found", Params: map[string]any{"noun": noun}}
}

// Forbidden says that the caller's role does not allow the operation.
func Forbidden() error { return &Error{Kind: KindForbidden, Code: "forbidden"} }

// Stale says that the caller's version of noun is no longer the current one.
func Stale(noun string) error {
	return &Error{Kind: KindStale, Code: "stale_version", Params: map[string]any{"noun": noun}}
}

// Conflict says that the present state refuses a well-formed input.
func Conflict(code string, params map[string]any) error {
	return &Error{Kind: KindConflict, Code: code, Params: params}
}

// Faults gathers everything wrong with one input.
type Faults []Fault

// Add notes one fault.
func (f *Faults) Add(path, code string, params map[string]any) {
	*f = append(*f, Fault{Path: path, Code: code, Params: params})
}

// Check notes the fault unless ok.
func (f *Faults) Check(ok bool, path, code string) {
	if !ok {
		f.Add(path, code, nil)
	}
}

// Err is nil when nothing is wrong, else one KindInvalid error with every fault.
func (f Faults) Err() error {
	if len(f) == 0 {
		return nil
	}
	return &Error{Kind: KindInvalid, Code: "invalid", Faults: f}
}

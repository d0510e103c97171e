package api

import (
	"crypto/rand"
	"encoding/hex"
	"strings"

	"github.com/google/uuid"
)

// requestID takes over the caller's request id when it is sane (1–64 of letters, digits, "-", "_", "."), else makes a UUIDv7.
func requestID(given string) string {
	if len(given) > 0 && len(given) <= 64 && strings.IndexFunc(given, notInID) < 0 {
		return given
	}
	return uuid.Must(uuid.NewV7()).String()
}

func notInID(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '.'
}

// trace is where a call stands in a distributed trace (W3C Trace Context, level 1).
type trace struct {
	ID      [16]byte
	Parent  [8]byte // this server's own span
	Sampled bool
}

// String is the traceparent header that hands the trace on.
func (t trace) String() string {
	b := make([]byte, 0, 55)
	b = append(b, "00-"...)
	b = hex.AppendEncode(b, t.ID[:])
	b = append(b, '-')
	b = hex.AppendEncode(b, t.Parent[:])
	if t.Sampled {
		return string(append(b, "-01"...))
	}
	return string(append(b, "-00"...))
}

// continued goes on with the caller's trace, under a span of our own; a header that is missing or malformed starts a new trace.
func continued(header string) trace {
	t, ok := parseTraceparent(header)
	if !ok {
		rand.Read(t.ID[:])
	}
	rand.Read(t.Parent[:])
	return t
}

// parseTraceparent reads a traceparent header (W3C Trace Context §3.2): lower-case hexadecimal, no zero ids, version ff refused, and
// a later version read as far as this one goes.
func parseTraceparent(h string) (t trace, ok bool) {
	if len(h) < 55 || h[2] != '-' || h[35] != '-' || h[52] != '-' {
		return trace{}, false
	}
	var version, flags [1]byte
	if !lowerHex(version[:], h[:2]) || !lowerHex(t.ID[:], h[3:35]) || !lowerHex(t.Parent[:], h[36:52]) || !lowerHex(flags[:], h[53:55]) {
		return trace{}, false
	}
	if version[0] == 0xff || (version[0] == 0 && len(h) != 55) || (len(h) > 55 && h[55] != '-') {
		return trace{}, false
	}
	if t.ID == [16]byte{} || t.Parent == [8]byte{} {
		return trace{}, false
	}
	t.Sampled = flags[0]&1 == 1
	return t, true
}

func lowerHex(dst []byte, s string) bool {
	if strings.ContainsAny(s, "ABCDEF") {
		return false
	}
	n, err := hex.Decode(dst, []byte(s))
	return err == nil && n == len(dst)
}

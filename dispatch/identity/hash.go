package identity

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync/atomic"

	"golang.org/x/crypto/argon2"

	"tournee/dispatch"
)

// Hashing is the price of one password hash (argon2id, RFC 9106) and how many may run at once.
type Hashing struct {
	Memory     uint32 // KiB
	Passes     uint32
	Lanes      uint8
	Concurrent int // hashes at once: Concurrent × Memory bounds what a flood of sign-ins takes
	Waiting    int // callers that wait for a turn; more are told to come back
}

// DefaultHashing is OWASP's recommendation (Password Storage Cheat Sheet: 19 MiB, 2 passes, 1 lane), as many at once as there are processors.
func DefaultHashing() Hashing {
	return Hashing{Memory: 19 * 1024, Passes: 2, Lanes: 1, Concurrent: runtime.GOMAXPROCS(0), Waiting: 64}
}

const (
	saltSize = 16
	hashSize = 32
	maxKiB   = 1 << 20 // a hash that asks for more than 1 GiB is not ours
)

type hasher struct {
	Hashing
	random  io.Reader
	turns   chan struct{}
	waiting atomic.Int64
	dummy   string // hash of no password, compared with when the name is unknown, so that both take the same time
}

func newHasher(h Hashing, random io.Reader) (*hasher, error) {
	d := DefaultHashing()
	if h.Memory == 0 {
		h.Memory, h.Passes, h.Lanes = d.Memory, d.Passes, d.Lanes
	}
	if h.Concurrent == 0 {
		h.Concurrent = d.Concurrent
	}
	if h.Waiting == 0 {
		h.Waiting = d.Waiting
	}
	if h.Passes < 1 || h.Lanes < 1 || h.Memory < 8*uint32(h.Lanes) || h.Concurrent < 1 || h.Waiting < 0 {
		return nil, fmt.Errorf("identity: password hashing %+v: RFC 9106 wants at least one pass, one lane and 8 KiB a lane", h)
	}
	hs := &hasher{Hashing: h, random: random, turns: make(chan struct{}, h.Concurrent)}
	dummy, err := hs.hash(context.Background(), "")
	hs.dummy = dummy
	return hs, err
}

// hash is the PHC string of the password under the present parameters and a new salt.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltSize)
	if _, err := io.ReadFull(h.random, salt); err != nil {
		return "", fmt.Errorf("identity: reading randomness: %w", err)
	}
	if err := h.turn(ctx); err != nil {
		return "", err
	}
	defer h.done()
	sum := argon2.IDKey([]byte(password), salt, h.Passes, h.Memory, h.Lanes, hashSize)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.Memory, h.Passes, h.Lanes,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(sum)), nil
}

// matches reports whether the password is the one hashed, and whether the hash should be made again because its parameters are
// not today's. An empty hash (unknown name, or no local password) takes the same time and never matches.
func (h *hasher) matches(ctx context.Context, phc, password string) (ok, outdated bool, err error) {
	known := phc != ""
	if !known {
		phc = h.dummy
	}
	params, salt, sum, err := parsePHC(phc)
	if err != nil {
		return false, false, err
	}
	if err := h.turn(ctx); err != nil {
		return false, false, err
	}
	defer h.done()
	got := argon2.IDKey([]byte(password), salt, params.Passes, params.Memory, params.Lanes, uint32(len(sum)))
	ok = subtle.ConstantTimeCompare(got, sum) == 1 && known
	outdated = params.Memory != h.Memory || params.Passes != h.Passes || params.Lanes != h.Lanes || len(sum) != hashSize
	return ok, outdated, nil
}

// turn waits for one of the places where a hash may run.
func (h *hasher) turn(ctx context.Context) error {
	select {
	case h.turns <- struct{}{}:
		return nil
	default:
	}
	if h.waiting.Add(1) > int64(h.Waiting) {
		h.waiting.Add(-1)
		return &dispatch.Error{Kind: dispatch.KindUnavailable, Code: "sign_in_busy"}
	}
	defer h.waiting.Add(-1)
	select {
	case h.turns <- struct{}{}:
		return nil
	case <-ctx.Done():
		return &dispatch.Error{Kind: dispatch.KindUnavailable, Code: "sign_in_busy", Err: ctx.Err()}
	}
}

func (h *hasher) done() { <-h.turns }

var errPHC = errors.New("identity: a kept password hash is not an argon2id PHC string")

// parsePHC reads "$argon2id$v=19$m=…,t=…,p=…$salt$hash" (PHC string format).
func parsePHC(phc string) (p Hashing, salt, sum []byte, err error) {
	parts := strings.Split(phc, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return p, nil, nil, errPHC
	}
	var version int
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return p, nil, nil, errPHC
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.Memory, &p.Passes, &p.Lanes); err != nil {
		return p, nil, nil, errPHC
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	sum, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(sum) < 16 || len(sum) > 64 || p.Passes < 1 || p.Passes > 64 || p.Lanes < 1 || p.Memory < 8 || p.Memory > maxKiB {
		return p, nil, nil, errPHC
	}
	return p, salt, sum, nil
}

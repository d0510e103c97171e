package identity

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"sync"
	"time"
)

// When signing keys change.
const (
	SigningAge   = 30 * 24 * time.Hour // a key signs this long
	ringFresh    = time.Minute         // how long a node trusts the ring it read
	ringPatience = 5 * time.Second     // how often an unknown key id may make a node read the ring again
)

// SigningKey is an Ed25519 key of the ring that all nodes share.
type SigningKey struct {
	ID        string // of the public half: RFC 7638 would add nothing here, so base64url of its SHA-256's first 16 bytes
	Public    ed25519.PublicKey
	Sealed    []byte // the private half's seed, sealed with a key derived from the server's secret
	CreatedAt time.Time
	RetireAt  time.Time // no token signed with it is good after this
}

// keyRing reads the keys, and makes a new one when the newest is old.
type keyRing struct {
	store   ringStoreTx
	secrets secrets
	now     func() time.Time
	random  io.Reader

	mu      sync.Mutex
	read    time.Time
	public  map[string]SigningKey
	signing ed25519.PrivateKey
	signer  SigningKey
}

type ringStoreTx interface {
	Alone(ctx context.Context, fn func(ctx context.Context) error) error
	ringStore
}

func newKeyRing(store ringStoreTx, s secrets, now func() time.Time, random io.Reader) *keyRing {
	return &keyRing{store: store, secrets: s, now: now, random: random}
}

// current is the key to sign with.
func (r *keyRing) current(ctx context.Context) (string, ed25519.PrivateKey, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stale() || r.signing == nil {
		if err := r.reload(ctx); err != nil {
			return "", nil, err
		}
	}
	if r.signing == nil || !r.now().Before(r.signer.CreatedAt.Add(SigningAge)) {
		if err := r.rotate(ctx); err != nil {
			return "", nil, err
		}
	}
	return r.signer.ID, r.signing, nil
}

// verifier is the public key of that id; ok is false when there is none that is still good.
func (r *keyRing) verifier(ctx context.Context, id string) (key ed25519.PublicKey, ok bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, known := r.public[id]
	if r.stale() || !known && r.now().After(r.read.Add(ringPatience)) {
		if err := r.reload(ctx); err != nil {
			return nil, false, err
		}
	}
	k, known := r.public[id]
	if !known || !r.now().Before(k.RetireAt) {
		return nil, false, nil
	}
	return k.Public, true, nil
}

func (r *keyRing) stale() bool { return r.now().After(r.read.Add(ringFresh)) }

// reload reads the ring; the newest key whose private half our secret opens is the one to sign with.
func (r *keyRing) reload(ctx context.Context) error {
	return r.store.Alone(ctx, func(ctx context.Context) error { return r.readIn(ctx) })
}

func (r *keyRing) readIn(ctx context.Context) error {
	keys, err := r.store.SigningKeys(ctx)
	if err != nil {
		return err
	}
	r.public, r.signing, r.signer = make(map[string]SigningKey, len(keys)), nil, SigningKey{}
	for _, k := range keys {
		r.public[k.ID] = k
		seed, err := r.secrets.unseal(k.ID, k.Sealed)
		if err != nil || len(seed) != ed25519.SeedSize {
			continue // made under a secret we no longer have: good to verify with, not to sign
		}
		if r.signing == nil || k.CreatedAt.After(r.signer.CreatedAt) {
			r.signing, r.signer = ed25519.NewKeyFromSeed(seed), k
		}
	}
	r.read = r.now()
	return nil
}

// rotate makes a new key unless another node just did.
func (r *keyRing) rotate(ctx context.Context) error {
	return r.store.Alone(ctx, func(ctx context.Context) error {
		if err := r.store.LockSigningKeys(ctx); err != nil {
			return err
		}
		if err := r.readIn(ctx); err != nil {
			return err
		}
		now := r.now()
		if r.signing != nil && now.Before(r.signer.CreatedAt.Add(SigningAge)) {
			return nil
		}
		seed := make([]byte, ed25519.SeedSize)
		if _, err := io.ReadFull(r.random, seed); err != nil {
			return fmt.Errorf("identity: reading randomness: %w", err)
		}
		private := ed25519.NewKeyFromSeed(seed)
		public := private.Public().(ed25519.PublicKey)
		sum := sha256.Sum256(public)
		id := base64.RawURLEncoding.EncodeToString(sum[:16])
		sealed, err := r.secrets.seal(r.random, id, seed)
		if err != nil {
			return err
		}
		k := SigningKey{ID: id, Public: public, Sealed: sealed, CreatedAt: now, RetireAt: now.Add(SigningAge + ringFresh + AccessTTL + time.Hour)}
		if err := r.store.InsertSigningKey(ctx, k); err != nil {
			return err
		}
		r.public[id], r.signing, r.signer = k, private, k
		return nil
	})
}

package identity

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
)

// secrets are the server's: the first makes, every one verifies.
type secrets [][]byte

const macSize = sha256.Size

// derive is a key for one use (RFC 5869), so that a MAC made for one thing is never good for another.
func derive(secret []byte, use string) []byte {
	key, err := hkdf.Key(sha256.New, secret, nil, "tournee identity "+use, sha256.Size)
	if err != nil {
		panic(err) // only for a length beyond 255 hashes
	}
	return key
}

func mac(secret []byte, use string, data []byte) []byte {
	h := hmac.New(sha256.New, derive(secret, use))
	h.Write(data)
	return h.Sum(nil)
}

// mint is data and its MAC, in unpadded base64url.
func (s secrets) mint(use string, data []byte) string {
	return base64.RawURLEncoding.EncodeToString(append(slices.Clip(data), mac(s[0], use, data)...))
}

var errNotOurs = errors.New("identity: not a token of ours")

// open is the data of a minted token of that size, or an error when it was not minted for the use under one of the secrets.
func (s secrets) open(use, token string, size int) ([]byte, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) != size+macSize {
		return nil, errNotOurs
	}
	for _, secret := range s {
		if hmac.Equal(raw[size:], mac(secret, use, raw[:size])) {
			return raw[:size], nil
		}
	}
	return nil, errNotOurs
}

// seal encrypts (AES-256-GCM, NIST SP 800-38D) with a key derived from the first secret, bound to the name.
func (s secrets) seal(random io.Reader, name string, plain []byte) ([]byte, error) {
	aead, err := sealing(s[0])
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, aead.NonceSize())
	if _, err := io.ReadFull(random, nonce); err != nil {
		return nil, fmt.Errorf("identity: reading randomness: %w", err)
	}
	return aead.Seal(nonce, nonce, plain, []byte(name)), nil
}

// unseal decrypts what any of the secrets sealed under the name.
func (s secrets) unseal(name string, sealed []byte) ([]byte, error) {
	for _, secret := range s {
		aead, err := sealing(secret)
		if err != nil {
			return nil, err
		}
		if len(sealed) < aead.NonceSize() {
			return nil, errNotOurs
		}
		nonce, box := sealed[:aead.NonceSize()], sealed[aead.NonceSize():]
		if plain, err := aead.Open(nil, nonce, box, []byte(name)); err == nil {
			return plain, nil
		}
	}
	return nil, errNotOurs
}

func sealing(secret []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(derive(secret, "sealing"))
	if err != nil {
		return nil, fmt.Errorf("identity: %w", err)
	}
	return cipher.NewGCM(block)
}

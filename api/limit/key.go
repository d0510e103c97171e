package limit

import (
	"crypto/sha256"
	"encoding/base64"
	"net/netip"
)

// network gives what is limited as one address: an IPv4 address, or an IPv6 /64, which is the least a subscriber gets (RFC 6177) and
// costs nothing to walk through. Addresses that could not be read share one name, so that hiding an address helps nobody.
func network(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	if !a.IsValid() {
		return "unknown"
	}
	if a.Is4() {
		return a.String()
	}
	prefix, err := a.Prefix(64)
	if err != nil { // a valid IPv6 address has a /64
		return "unknown"
	}
	return prefix.String()
}

// fingerprint makes a short key out of an id or of whatever was typed as an account name: a store outside holds no names, and a name of
// a megabyte no memory.
func fingerprint(id string) string {
	sum := sha256.Sum256([]byte(id))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

package commune

import "testing"

// Unpack unpacks the embedded file, for the benchmark.
func Unpack(b *testing.B) {
	b.Helper()
	if _, err := unpack(compressed); err != nil {
		b.Fatal(err)
	}
}

package commune

import "testing"

// Unpack unpacks the embedded file, for the benchmark.
func Unpack(b *testing.B) {
	if _, err := unpack(compressed); err != nil {
		b.Fatal(err)
	}
}

package limit

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"tournee/api/limit/redistest"
)

// benchmarkAllow asks for a signed-in caller with a key: three limits a request.
func benchmarkAllow(b *testing.B, s *Store) {
	b.Helper()
	l, err := New(s, Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			l.Allow(b.Context(), Read, Caller{
				Key: fmt.Sprint("key", i%1000), User: fmt.Sprint("user", i%1000), Address: netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}),
			})
		}
	})
	b.StopTimer()
	if got := l.breaker.failures; got != 0 {
		b.Fatalf("%d questions failed", got)
	}
}

func BenchmarkAllowEmbedded(b *testing.B) { benchmarkAllow(b, Embedded()) }

func BenchmarkAllowRedis(b *testing.B) {
	benchmarkAllow(b, openStore(b, "redis://"+redistest.Start(b).Addr))
}

func BenchmarkAllowProcess(b *testing.B) {
	p := newProcess(processKeys, time.Now)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		p.take(Read.buckets(Caller{Key: "key", User: "user", Address: netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})}))
	}
}

// BenchmarkJanitor is one tick of the embedded store's janitor, during which it answers nobody.
func BenchmarkJanitor(b *testing.B) {
	for _, keys := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(keys), func(b *testing.B) {
			server := miniredis.RunT(b)
			for i := range keys {
				key := fmt.Sprint("rate:tournee:read:address:", i)
				if err := server.Set(key, "1"); err != nil {
					b.Fatal(err)
				}
				server.SetTTL(key, 24*time.Hour)
			}
			for b.Loop() {
				server.FastForward(time.Microsecond)
			}
		})
	}
}

package limit

import (
	"flag"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"go.uber.org/goleak"

	"tournee/api/limit/redistest"
)

func TestMain(m *testing.M) {
	if err := flag.Set("rapid.seed", "20260302"); err != nil { // the command line may set another
		panic(err)
	}
	quiet() // before any client runs
	goleak.VerifyTestMain(m)
}

// eachStore runs a test on every kind of store.
func eachStore(t *testing.T, test func(t *testing.T, s *Store)) {
	t.Helper()
	for name, open := range map[string]func(t *testing.T) *Store{
		"embedded": func(*testing.T) *Store {
			s := Embedded()
			s.timeout = 10 * time.Second
			return s
		},
		"redis": func(t *testing.T) *Store {
			t.Helper()
			return openStore(t, "redis://"+redistest.Start(t).Addr)
		},
		"cluster": func(t *testing.T) *Store {
			t.Helper()
			return openStore(t, startCluster(t))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			t.Cleanup(func() {
				for range 2 { // the second time changes nothing
					if err := s.Close(); err != nil {
						t.Error(err)
					}
				}
			})
			test(t, s)
		})
	}
}

// openStore opens a store that waits as long as a busy test machine needs.
func openStore(t testing.TB, address string) *Store {
	t.Helper()
	o, err := parse(address)
	if err != nil {
		t.Fatal(err)
	}
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = 10*time.Second, 10*time.Second, 10*time.Second, 10*time.Second
	s := open(o)
	s.timeout = 10 * time.Second
	return s
}

// hourly are limits so slow that no test lives to see a request come back.
func hourly(burst int) Limit { return Limit{Rate: 1, Period: time.Hour, Burst: burst} }

func take(t *testing.T, s *Store, buckets ...bucket) []Result {
	t.Helper()
	results, err := s.take(t.Context(), buckets)
	if err != nil {
		t.Fatal(err)
	}
	return results
}

func TestAStoreAllowsTheBurstAndThenSaysWhenToComeBack(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		t.Helper()
		b := bucket{key: "technician", name: "read-user", limit: hourly(3)}
		for left := 2; left >= 0; left-- {
			r := take(t, s, b)[0]
			if !r.Allowed || r.Remaining != left || r.RetryAfter != 0 || r.Name != "read-user" || r.Limit != b.limit {
				t.Errorf("with %d left: %+v", left, r)
			}
		}
		r := take(t, s, b)[0]
		if r.Allowed || r.Remaining != 0 {
			t.Errorf("the fourth: %+v", r)
		}
		if r.RetryAfter <= 30*time.Minute || r.RetryAfter > time.Hour || r.ResetAfter <= 2*time.Hour || r.ResetAfter > 3*time.Hour {
			t.Errorf("come back after %v, whole again after %v; want about 1 h and 3 h", r.RetryAfter, r.ResetAfter)
		}
	})
}

func TestARefusedRequestCountsNowhere(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		t.Helper()
		office := bucket{key: "office", name: "read-address", limit: hourly(10)}
		noisy := bucket{key: "noisy", name: "read-user", limit: hourly(2)}
		calm := bucket{key: "calm", name: "read-user", limit: hourly(10)}
		for range 20 {
			take(t, s, noisy, office)
		}
		// Two of the noisy user's requests passed; the eighteen refused ones must leave the office the other eight.
		for left := 7; left >= 0; left-- {
			if r := take(t, s, calm, office); !r[0].Allowed || !r[1].Allowed || r[1].Remaining != left {
				t.Fatalf("with %d left for the office: %+v", left, r)
			}
		}
		if r := take(t, s, calm, office); r[1].Allowed {
			t.Errorf("the office's eleventh request: %+v", r[1])
		}
	})
}

func TestManyAtOnceNeverGetMoreThanTheBurst(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s *Store) {
		t.Helper()
		b := []bucket{{key: "a", limit: hourly(50)}, {key: "b", limit: hourly(1000)}, {key: "c", limit: hourly(1000)}}
		allowed := make(chan bool)
		for range 8 {
			go func() {
				for range 20 {
					results, err := s.take(t.Context(), b)
					if err != nil {
						t.Error(err)
					}
					allowed <- err == nil && strictest(results).Allowed
				}
			}()
		}
		n := 0
		for range 160 {
			if <-allowed {
				n++
			}
		}
		if n != 50 {
			t.Errorf("%d requests passed; want 50", n)
		}
	})
}

func TestTheEmbeddedStoreForgetsWhatIsOver(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	s := openStore(t, "redis://"+server.Addr())
	defer func() { _ = s.Close() }()
	for i := range 10 {
		take(t, s, bucket{key: fmt.Sprint("phone-", i), limit: Limit{Rate: 10, Period: time.Second, Burst: 10}})
	}
	if got := len(server.Keys()); got != 10 {
		t.Fatalf("%d keys; want 10", got)
	}
	ticks, ended, done := make(chan time.Time), make(chan struct{}), make(chan struct{})
	start := time.Now()
	go func() { defer close(done); expire(server, ticks, start, ended) }()
	ticks <- start.Add(900 * time.Millisecond)
	ticks <- start.Add(901 * time.Millisecond) // taken only once the first was worked off
	if got := len(server.Keys()); got != 10 {
		t.Errorf("%d keys after 0.9 s; they live for a second", got)
	}
	ticks <- start.Add(1100 * time.Millisecond)
	close(ended)
	<-done
	if got := len(server.Keys()); got != 0 {
		t.Errorf("%d keys after 1.1 s; want none", got)
	}
}

func TestKeysOutsideHoldNoNamesAndAreShort(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	l, err := New(openStore(t, "redis://"+server.Addr()), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.store.Close() }()
	name := strings.Repeat("claire.martin@example.com", 10_000)
	l.Allow(t.Context(), Guess, Caller{User: name, Key: "claire", Address: netip.MustParseAddr("203.0.113.7")})
	keys := server.Keys()
	if len(keys) != 3 {
		t.Errorf("keys %v; want one for the key, one for the user, one for the address", keys)
	}
	for _, key := range keys {
		if strings.Contains(key, "claire") || len(key) > 100 {
			t.Errorf("key %.200q", key)
		}
	}
}

func TestARedisAddressIsReadInAllItsForms(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]struct {
		addresses, user, password string
		db                        int
		tls                       string
	}{
		"redis://localhost:6379/2":                         {addresses: "localhost:6379", db: 2},
		"redis://cache":                                    {addresses: "cache:6379"},
		"redis://u:p%40,x@a:1,b:2,[::1]:3":                 {addresses: "a:1 b:2 [::1]:3", user: "u", password: "p@,x"},
		"rediss://:secret@cache.example:6380":              {addresses: "cache.example:6380", password: "secret", tls: "cache.example"},
		"rediss://a.example:6379,b.example:6379/0":         {addresses: "a.example:6379 b.example:6379", tls: "each its own"},
		"unix:///run/redis.sock":                           {addresses: "/run/redis.sock"},
		"redis://[2001:db8::1]:6379/0":                     {addresses: "[2001:db8::1]:6379"},
		"redis://10.0.0.1:7000,10.0.0.2:7000,10.0.0.3:70/": {addresses: "10.0.0.1:7000 10.0.0.2:7000 10.0.0.3:70"},
	} {
		o, err := parse(address)
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		if got := strings.Join(o.Addrs, " "); got != want.addresses || o.Username != want.user || o.Password != want.password || o.DB != want.db {
			t.Errorf("%s: nodes %q, user %q, password %q, database %d", address, got, o.Username, o.Password, o.DB)
		}
		switch {
		case (o.TLSConfig != nil) != (want.tls != ""):
			t.Errorf("%s: TLS %v", address, o.TLSConfig != nil)
		case want.tls == "each its own" && o.TLSConfig.ServerName != "":
			t.Errorf("%s: every node would have to be %q", address, o.TLSConfig.ServerName)
		case want.tls != "" && want.tls != "each its own" && o.TLSConfig.ServerName != want.tls:
			t.Errorf("%s: TLS name %q", address, o.TLSConfig.ServerName)
		}
		if o.MaxRetries != -1 || o.ReadTimeout != 100*time.Millisecond || o.DialTimeout != 100*time.Millisecond {
			t.Errorf("%s: %d retries, %v", address, o.MaxRetries, o.ReadTimeout)
		}
	}
	for _, address := range []string{"", "localhost:6379", "http://:hunter2@a", "redis://:hunter2@a/x", "redis://:hunter2@a:1,b:2/3", "redis://:hunter2@a:1,b"} {
		if _, err := Open(address); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: error %v; want one that tells no password", address, err)
		}
	}
}

func FuzzAnUnreadableRedisAddressTellsNoPassword(f *testing.F) {
	for _, rest := range []string{"@a:1,b:2/0", "@[::1]:6379", "@a/x", "@,", "@a:1,b?db=1", "#"} {
		f.Add("rediss", rest)
	}
	f.Fuzz(func(t *testing.T, scheme, rest string) {
		o, err := parse(scheme + "://u:hunter2" + rest)
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("error %v", err)
		}
		if err == nil && len(o.Addrs) == 0 {
			t.Error("no error and no address")
		}
	})
}

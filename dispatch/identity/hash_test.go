package identity

import (
	"bytes"
	"context"
	"crypto/rand"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"tournee/dispatch"
)

// cheap hashes quickly: the price is not what these tests are about.
var cheap = Hashing{Memory: 64, Passes: 1, Lanes: 1, Concurrent: 2, Waiting: 4}

func newCheap(t testing.TB, h Hashing) *hasher {
	t.Helper()
	hs, err := newHasher(h, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return hs
}

func TestAHashMatchesItsPasswordOnly(t *testing.T) {
	t.Parallel()
	h := newCheap(t, cheap)
	rapid.Check(t, func(rt *rapid.T) {
		one, two := rapid.String().Draw(rt, "one"), rapid.String().Draw(rt, "two")
		phc, err := h.hash(context.Background(), one)
		if err != nil {
			rt.Fatal(err)
		}
		for _, try := range []string{one, two} {
			ok, outdated, err := h.matches(context.Background(), phc, try)
			if err != nil || outdated || ok != (try == one) {
				rt.Fatalf("%q against the hash of %q: %t %t %v", try, one, ok, outdated, err)
			}
		}
	})
}

func TestNobodyMatchesNoHash(t *testing.T) {
	t.Parallel()
	h := newCheap(t, cheap)
	ok, _, err := h.matches(t.Context(), "", "") // the very password the dummy was made of
	if ok || err != nil {
		t.Errorf("%t %v", ok, err)
	}
}

func TestTheDefaultIsWhatOWASPAsksFor(t *testing.T) {
	t.Parallel()
	d := DefaultHashing()
	if d.Memory < 19*1024 || d.Passes < 2 || d.Lanes != 1 || d.Concurrent < 1 {
		t.Errorf("%+v", d)
	}
}

func TestAFloodOfSignInsHashesFewAtATimeAndTurnsTheRestAway(t *testing.T) {
	t.Parallel()
	h := newCheap(t, cheap)
	for range cheap.Concurrent { // every turn is taken
		if err := h.turn(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	var wg sync.WaitGroup
	var served, turnedAway atomic.Int64
	const flood = 50
	for range flood {
		wg.Go(func() {
			if _, err := h.hash(t.Context(), "x"); dispatch.CodeOf(err) == "sign_in_busy" {
				if turnedAway.Add(1) == flood-int64(cheap.Waiting) { // all that can wait do, and no more
					for range cheap.Concurrent {
						h.done()
					}
				}
			} else if err == nil {
				served.Add(1)
			}
		})
	}
	wg.Wait()
	if served.Load() != int64(cheap.Waiting) || turnedAway.Load() != flood-int64(cheap.Waiting) {
		t.Errorf("%d served, %d turned away", served.Load(), turnedAway.Load())
	}
}

func TestACallerWhoGoesAwayWaitsNoLonger(t *testing.T) {
	t.Parallel()
	h := newCheap(t, cheap)
	for range cheap.Concurrent {
		if err := h.turn(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.hash(ctx, "x"); dispatch.CodeOf(err) != "sign_in_busy" {
		t.Errorf("%v", err)
	}
	if h.waiting.Load() != 0 {
		t.Error("still counted as waiting")
	}
}

func FuzzParsePHC(f *testing.F) {
	f.Add("$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2E$dGhpcyBpcyBhIGhhc2ggb2YgdGhpcnR5LXR3byBieXQ")
	f.Add("$argon2id$v=19$m=4294967295,t=1,p=1$$")
	f.Fuzz(func(t *testing.T, phc string) {
		p, _, sum, err := parsePHC(phc)
		if err == nil && (p.Memory > maxKiB || p.Passes < 1 || p.Lanes < 1 || len(sum) < 16) {
			t.Errorf("%q is taken as %+v", phc, p)
		}
	})
}

func TestPasswords(t *testing.T) {
	t.Parallel()
	for password, want := range map[string]string{
		"une carafe de tisane":      "",
		"Kx8-vq!2mLpw":              "",
		"correct horse battery":     "",
		"motdepassetresoriginal":    "",
		"日本語のパスワードです":               "",
		"court":                     "password_too_short",
		"ﬁnesseﬁl1":                 "", // nine signs as typed, eleven as kept
		strings.Repeat("ab1-", 33):  "password_too_long",
		"1234567890":                "password_too_common",
		"0987654321":                "password_too_common",
		"aaaaaaaaaaaa":              "password_too_common",
		"abcabcabcabc":              "password_too_common",
		"azertyuiop":                "password_too_common",
		"qwerty123456":              "password_too_common",
		"Password123":               "password_too_common",
		"P@ssw0rd2026!":             "password_too_common",
		"motdepasse2026":            "password_too_common",
		"passwordpassword":          "password_too_common",
		"123motdepasse":             "password_too_common",
		"Soleil2026!!":              "password_too_common",
		"jeanne.petit@example.fr":   "password_is_email",
		"JEANNE.PETIT1":             "password_is_email",
		"a password\x00with a null": "password_invalid",
		"not utf-8 \xff\xff\xff":    "password_invalid",
	} {
		var f dispatch.Faults
		checkPassword(&f, "/password", password, "jeanne.petit@example.fr")
		got := ""
		if len(f) > 0 {
			got = f[0].Code
		}
		if got != want || len(f) > 1 {
			t.Errorf("%q: %v, not %q", password, f, want)
		}
	}
}

func TestEveryFaultOfAPasswordIsToldAtOnce(t *testing.T) {
	t.Parallel()
	var f dispatch.Faults
	checkPassword(&f, "/password", "password", "password@example.fr")
	var codes []string
	for _, one := range f {
		codes = append(codes, one.Code)
	}
	if got := strings.Join(codes, " "); got != "password_too_short password_is_email password_too_common" {
		t.Error(got)
	}
}

func TestEmails(t *testing.T) {
	t.Parallel()
	for email, want := range map[string]string{
		"Camille@Example.FR":    "camille@example.fr",
		" c+tag@sub.example.fr": "c+tag@sub.example.fr",
		"Élodie@example.fr":     "élodie@example.fr",
		"E\u0301lodie@a.fr":     "élodie@a.fr", // decomposed, as some keyboards send it
		"o'brien@example.ie":    "o'brien@example.ie",
		"":                      "", "camille": "", "@example.fr": "", "camille@": "", "camille@localhost": "", "a@b@c.fr": "", "a@b..fr": "",
		"Camille <c@example.fr>": "", "c@example.fr, d@example.fr": "", "c@example.fr\r\nBcc: d@example.fr": "", `"c d"@example.fr`: "",
		"a@[127.0.0.1]": "", strings.Repeat("a", 65) + "@example.fr": "", "a@" + strings.Repeat("b", 250) + ".fr": "", "a@.example.fr": "", "a@example.fr.": "",
	} {
		got, ok := normalEmail(email)
		if ok != (want != "") || ok && got != want {
			t.Errorf("%q becomes %q, %t", email, got, ok)
		}
	}
}

func FuzzEmailIsNormalOnce(f *testing.F) {
	f.Add("Camille@Example.FR")
	f.Add("İ@example.fr")
	f.Fuzz(func(t *testing.T, email string) {
		once, ok := normalEmail(email)
		if !ok {
			return
		}
		if twice, ok := normalEmail(once); !ok || twice != once {
			t.Errorf("%q becomes %q, then %q", email, once, twice)
		}
		if strings.ContainsAny(once, "\r\n\x00 ") {
			t.Errorf("%q could forge a header", once)
		}
	})
}

func TestAMintedTokenIsGoodForItsUseOnly(t *testing.T) {
	t.Parallel()
	s := secrets{bytes.Repeat([]byte("a"), 32)}
	rapid.Check(t, func(rt *rapid.T) {
		data := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(rt, "data")
		token := s.mint("one", data)
		if got, err := s.open("one", token, 16); err != nil || !bytes.Equal(got, data) {
			rt.Fatalf("%v %v", got, err)
		}
		if _, err := s.open("other", token, 16); err == nil {
			rt.Fatal("good for another use")
		}
		if _, err := (secrets{bytes.Repeat([]byte("b"), 32)}).open("one", token, 16); err == nil {
			rt.Fatal("good under another secret")
		}
		broken := []byte(token)
		i := rapid.IntRange(0, len(broken)-1).Draw(rt, "at")
		broken[i] = rapid.SampledFrom([]byte("ABCabc012-_")).Filter(func(b byte) bool { return b != token[i] }).Draw(rt, "sign")
		if _, err := s.open("one", string(broken), 16); err == nil {
			rt.Fatal("good although broken")
		}
	})
}

func TestASealOpensUnderItsNameAndSecretOnly(t *testing.T) {
	t.Parallel()
	old, fresh := bytes.Repeat([]byte("a"), 32), bytes.Repeat([]byte("b"), 32)
	sealed, err := secrets{old}.seal(rand.Reader, "key 1", []byte("seed"))
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := (secrets{fresh, old}).unseal("key 1", sealed); err != nil || string(plain) != "seed" {
		t.Errorf("%q %v", plain, err)
	}
	if _, err := (secrets{old}).unseal("key 2", sealed); err == nil {
		t.Error("opens under another name")
	}
	if _, err := (secrets{fresh}).unseal("key 1", sealed); err == nil {
		t.Error("opens under another secret")
	}
	if _, err := (secrets{old}).unseal("key 1", sealed[:5]); err == nil {
		t.Error("opens cut short")
	}
}

func FuzzParseKey(f *testing.F) {
	f.Add(formatKey([16]byte{1, 2, 3}, bytes.Repeat([]byte{7}, secretSize)))
	f.Add("trn_")
	f.Fuzz(func(t *testing.T, text string) {
		id, secret, err := parseKey(text)
		if err == nil && formatKey(id, secret) != text {
			t.Errorf("%q is another spelling of %q", text, formatKey(id, secret))
		}
	})
}

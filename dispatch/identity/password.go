package identity

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"tournee/dispatch"
)

// How long a password is, in characters after normalisation.
const (
	PasswordMin = 10
	PasswordMax = 128
)

// normalPassword is the form that is hashed: NFKC (NIST SP 800-63B §5.1.1.2), so that the same keys give the same password on every device.
func normalPassword(password string) string { return norm.NFKC.String(password) }

// checkPassword notes everything wrong with a new password at the pointer. email is the normalised e-mail of the account, or "".
func checkPassword(f *dispatch.Faults, path, password, email string) {
	if !utf8.ValidString(password) {
		f.Add(path, "password_invalid", nil)
		return
	}
	p := normalPassword(password)
	switch n := utf8.RuneCountInString(p); {
	case n < PasswordMin:
		f.Add(path, "password_too_short", map[string]any{"min": PasswordMin})
	case n > PasswordMax:
		f.Add(path, "password_too_long", map[string]any{"max": PasswordMax})
		return
	}
	if strings.ContainsFunc(p, unicode.IsControl) {
		f.Add(path, "password_invalid", nil)
	}
	if isEmail(p, email) {
		f.Add(path, "password_is_email", nil)
	}
	if common(p) {
		f.Add(path, "password_too_common", nil)
	}
}

// isEmail reports whether the password is the e-mail, or its local part with little around it.
func isEmail(password, email string) bool {
	local, _, _ := strings.Cut(email, "@")
	p := strings.ToLower(password)
	if email == "" || p == email {
		return email != ""
	}
	return len(local) >= 4 && strings.Contains(p, local) && utf8.RuneCountInString(p)-utf8.RuneCountInString(local) <= 4
}

// common reports whether a guesser's first few thousand tries would hit the password: one sign or a short group repeated, a run along the
// alphabet, the digits or a keyboard's row, or one of the words people choose, dressed up with digits and signs.
func common(password string) bool {
	p := strings.ToLower(password)
	if repeats(p) || runs(p) {
		return true
	}
	letters := strings.TrimFunc(p, func(r rune) bool { return !unicode.IsLetter(r) })
	return chosen[half(letters)] || chosen[half(undress(p))]
}

// repeats reports whether p is a group of at most four signs again and again ("aaaaaaaaaa", "abcabcabcabc").
func repeats(p string) bool {
	r := []rune(p)
	for size := 1; size <= min(4, len(r)/2); size++ {
		if slices.Equal(r[size:], r[:len(r)-size]) {
			return true
		}
	}
	return false
}

// half is a word that stands twice ("passwordpassword"), or p.
func half(p string) string {
	if n := len(p) / 2; n > 0 && p[:n] == p[n:] {
		return p[:n]
	}
	return p
}

// rows are the runs people type: written twice, so that a run may go round the end.
var rows = []string{
	"01234567890123456789012345678901234567890123456789", "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
	"qwertyuiopasdfghjklzxcvbnm", "azertyuiopqsdfghjklmwxcvbn", "qwertzuiopasdfghjklyxcvbnm",
	"1q2w3e4r5t6y7u8i9o0p", "1a2z3e4r5t6y7u8i9o0p", "qazwsxedcrfvtgbyhnujmikolp", "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "q1w2e3r4t5y6u7i8o9p0", "a1z2e3r4t5y6u7i8o9p0",
}

// runs reports whether p is made of at most two stretches of one of the rows, forwards or backwards ("azertyuiop", "qwerty123456").
func runs(p string) bool {
	rest := p
	for range 2 {
		rest = rest[stretch(rest):]
		if rest == "" {
			return true
		}
	}
	return false
}

// stretch is the length of the longest beginning of p, at least three signs, that stands in a row.
func stretch(p string) int {
	for n := len(p); n >= 3; n-- {
		for _, row := range rows {
			if strings.Contains(row, p[:n]) || strings.Contains(row, backwards(p[:n])) {
				return n
			}
		}
	}
	return 0
}

func backwards(p string) string {
	r := []byte(p)
	for i, j := 0, len(r)-1; i < j; i, j = i+1, j-1 {
		r[i], r[j] = r[j], r[i]
	}
	return string(r)
}

var undressing = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i", "é", "e", "è", "e", "à", "a", " ", "", "_", "", "-", "")

// undress undoes the swaps of letters for signs that everybody knows. Digits and signs at the end are decoration, not letters in disguise.
func undress(p string) string {
	body := strings.TrimRightFunc(p, func(r rune) bool { return !unicode.IsLetter(r) })
	return undressing.Replace(body)
}

// chosen are words that stand alone in too many passwords, in English and French.
var chosen = func() map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(`
		password passwort passw pass motdepasse mdp motdepass secret letmein welcome bienvenue bonjour bonsoir salut hello coucou
		admin administrator administrateur administration root superuser user utilisateur guest invite default changeme changemoi testtest test
		qwerty azerty qwertz qwertyui qwertyuiop azertyuiop asdfghjkl qsdfghjklm
		iloveyou jetaime jtaime monamour mamour love amour loulou doudou chouchou cheri cherie princess princesse sunshine soleil superman batman
		dragon monkey football baseball basketball master shadow michael jordan starwars pokemon whatever trustno trustnoone
		computer ordinateur internet informatique windows microsoft google facebook iphone samsung android
		marseille olympique psgparis parissaintgermain paris france lyon toulouse bordeaux nantes alsace bretagne
		nicolas camille julien thomas alexandre maxime antoine mickael caroline isabelle sebastien christophe christine catherine frederic
		liverpool arsenal chelsea barcelona barcelone realmadrid juventus london
		doudoune chocolat chocolate vacances vacance famille maison printemps automne summer winter spring autumn hiver juillet janvier septembre october december november september
		tournee technicien technician dispatcher dispatch demo demodemo company entreprise support service client`) { //nolint:misspell // French words, too
		m[w] = true
	}
	return m
}()

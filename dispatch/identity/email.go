package identity

import (
	"net/mail"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const emailMax = 254 // RFC 5321 §4.5.3.1.3, less the angle brackets

// SignInName is the name that a try to sign in with the e-mail counts under, however it is written; "" for what is no address.
func SignInName(email string) string {
	normal, ok := normalEmail(email)
	if !ok {
		return ""
	}
	return normal
}

// normalEmail is the form under which an e-mail is kept and looked up: NFKC, lower case, no space around. ok is false for what is
// no address (RFC 5322 addr-spec with a domain name of at least two labels).
func normalEmail(email string) (normal string, ok bool) {
	e := strings.ToLower(norm.NFKC.String(strings.TrimSpace(email)))
	e = norm.NFKC.String(e) // lowering can leave a form that NFKC changes again
	if len(e) > emailMax || strings.ContainsFunc(e, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }) {
		return "", false
	}
	a, err := mail.ParseAddress(e)
	if err != nil || a.Address != e || a.Name != "" || strings.ContainsAny(e, `"<>(),;:\[]`) {
		return "", false
	}
	local, domain, _ := strings.Cut(e, "@")
	return e, len(local) <= 64 && strings.Contains(strings.Trim(domain, "."), ".") && domain == strings.Trim(domain, ".")
}

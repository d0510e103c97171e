package dispatch

import (
	"maps"
	"net/mail"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The longest texts, in characters.
const (
	maxName       = 200
	maxNotes      = 4000
	maxExternalID = 200
	maxEmail      = 254 // RFC 5321 §4.5.3.1.3, less the angle brackets
	maxLabels     = 50
	maxLabelKey   = 40
	maxLabelValue = 500
)

// tidy gives a text the form in which it is kept (NFC, no space around) and notes what is wrong with it: nothing where least is 1, more
// than most characters, control characters. Line breaks and tabs are let through where a text may have several lines.
func (f *Faults) tidy(path string, text *string, least, most int, lines bool) {
	*text = strings.TrimSpace(norm.NFC.String(*text))
	switch n := utf8.RuneCountInString(*text); {
	case !utf8.ValidString(*text) || strings.ContainsFunc(*text, func(r rune) bool { return unicode.IsControl(r) && (!lines || !strings.ContainsRune("\n\r\t", r)) }):
		f.Add(path, "text.control", nil)
	case n < least:
		f.Add(path, "field.required", nil)
	case n > most:
		f.Add(path, "text.too_long", map[string]any{"most": most})
	}
}

// line is tidy for a text of one line that may be empty.
func (f *Faults) line(path string, text *string, most int) { f.tidy(path, text, 0, most, false) }

// name is tidy for what a thing or a person is called.
func (f *Faults) name(path string, text *string) { f.tidy(path, text, 1, maxName, false) }

// email gives an e-mail address (RFC 5322 addr-spec) its domain in lower case, and notes one that is none; "" is none given.
func (f *Faults) email(path string, email *string) {
	*email = strings.TrimSpace(norm.NFC.String(*email))
	if *email == "" {
		return
	}
	a, err := mail.ParseAddress(*email)
	local, domain, _ := strings.Cut(*email, "@")
	if err != nil || a.Address != *email || a.Name != "" || utf8.RuneCountInString(*email) > maxEmail || !strings.Contains(strings.Trim(domain, "."), ".") {
		f.Add(path, "email.invalid", nil)
		return
	}
	*email = local + "@" + strings.ToLower(domain)
}

// phone gives a telephone number its E.164 form (ITU-T E.164: at most 15 digits) and notes one that has none; "" is none given. A number
// without a country code is French: ten digits that begin with 0.
func (f *Faults) phone(path string, phone *string) {
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" .-/()  ", r) {
			return -1
		}
		return r
	}, strings.TrimSpace(*phone))
	switch {
	case digits == "":
		*phone = ""
		return
	case strings.HasPrefix(digits, "00"):
		digits = "+" + digits[2:]
	case len(digits) == 10 && digits[0] == '0':
		digits = "+33" + digits[1:]
	}
	digits = strings.Replace(digits, "+330", "+33", 1) // +33 (0)6 12 34 56 78
	number := strings.TrimPrefix(digits, "+")
	plain := !strings.ContainsFunc(number, func(r rune) bool { return r < '0' || r > '9' })
	french := !strings.HasPrefix(number, "33") || len(number) == 11
	if len(number) == len(digits) || !plain || number == "" || number[0] == '0' || len(number) < 6 || len(number) > 15 || !french {
		f.Add(path, "phone.invalid", nil)
		return
	}
	*phone = digits
}

// labels checks metadata and gives nil its empty form.
func (f *Faults) labels(path string, m *Metadata) {
	if *m == nil {
		*m = Metadata{}
	}
	if len(*m) > maxLabels {
		f.Add(path, "metadata.too_many", map[string]any{"most": maxLabels})
	}
	for _, key := range slices.Sorted(maps.Keys(*m)) {
		at := path + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(key)
		value := (*m)[key]
		if n := utf8.RuneCountInString(key); n == 0 || n > maxLabelKey {
			f.Add(at, "metadata.key", map[string]any{"most": maxLabelKey})
		}
		if utf8.RuneCountInString(value) > maxLabelValue {
			f.Add(at, "text.too_long", map[string]any{"most": maxLabelValue})
		}
		if !utf8.ValidString(key+value) || strings.ContainsRune(key+value, 0) {
			f.Add(at, "text.control", nil)
		}
	}
}

// zone notes a name that is not of an IANA time zone.
func (f *Faults) zone(path, name string) {
	if _, err := Zone(name); err != nil {
		f.Add(path, "time_zone.unknown", map[string]any{"zone": name})
	}
}

// locale notes a language that nobody is written to in.
func (f *Faults) locale(path, locale string) {
	f.Check(locale == "fr" || locale == "en", path, "locale.unknown")
}

// externalID notes an id of another system that cannot be kept, and one that a client gives: only the organization and its partners name
// records.
func (f *Faults) externalID(p Principal, e *External) {
	f.line("/external_id", &e.ExternalID, maxExternalID)
	f.Check(e.ExternalID == "" || p.Role != RoleClient, "/external_id", "external_id.reserved")
	e.PartnerID = p.PartnerID
}

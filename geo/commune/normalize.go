package commune

import (
	"strings"
	"unicode"
)

// ligatures and letters that Unicode does not decompose, and the accented letters of French and of French place names.
var plain = map[rune]string{
	'à': "a", 'á': "a", 'â': "a", 'ã': "a", 'ä': "a", 'å': "a", 'ā': "a", 'æ': "ae", 'ç': "c",
	'è': "e", 'é': "e", 'ê': "e", 'ë': "e", 'ē': "e", 'ì': "i", 'í': "i", 'î': "i", 'ï': "i", 'ī': "i",
	'ñ': "n", 'ò': "o", 'ó': "o", 'ô': "o", 'õ': "o", 'ö': "o", 'ō': "o", 'œ': "oe", 'ù': "u", 'ú': "u", 'û': "u", 'ü': "u", 'ū': "u",
	'ý': "y", 'ÿ': "y", 'ß': "ss",
}

// Normalize brings the ways to write a commune's name together: it drops case and accents (composed or combining), turns hyphens,
// apostrophes of any kind and other marks into spaces, spells St and Ste out, and drops CEDEX with its number.
func Normalize(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch ascii, ok := plain[r]; {
		case ok:
			b.WriteString(ascii)
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r):
		default:
			b.WriteByte(' ')
		}
	}
	words := strings.Fields(b.String())
	for i, word := range words {
		switch word {
		case "st":
			words[i] = "saint"
		case "ste":
			words[i] = "sainte"
		case "sts":
			words[i] = "saints"
		case "cedex":
			return strings.Join(words[:i], " ")
		}
	}
	return strings.Join(words, " ")
}

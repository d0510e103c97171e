package message

import (
	"regexp"
	"sort"
	"strings"
	"testing"
)

var param = regexp.MustCompile(`\{[a-z_]+\}`)

func TestEverySentenceExistsInBothLanguagesWithTheSameParameters(t *testing.T) {
	t.Parallel()
	c, err := load(files)
	if err != nil {
		t.Fatal(err)
	}
	if len(c[French]) == 0 {
		t.Fatal("the catalogue is empty")
	}
	params := func(s string) string {
		p := param.FindAllString(s, -1)
		sort.Strings(p)
		return strings.Join(p, " ")
	}
	for code, fr := range c[French] {
		en, ok := c[English][code]
		if !ok {
			t.Errorf("%s has no English sentence", code)
			continue
		}
		if params(fr) != params(en) {
			t.Errorf("%s names other parameters in French (%s) than in English (%s)", code, params(fr), params(en))
		}
	}
	for code := range c[English] {
		if _, ok := c[French][code]; !ok {
			t.Errorf("%s has no French sentence", code)
		}
	}
}

func TestTextFillsParametersAndKeepsUnknownCodesVisible(t *testing.T) {
	t.Parallel()
	if got := Text("fr", "stale_version", map[string]any{"noun": "visit"}); !strings.Contains(got, "visit") {
		t.Errorf("the noun is missing from %q", got)
	}
	if got := Text("fr", "no.such.code", nil); got != "no.such.code" {
		t.Errorf("an unknown code became %q", got)
	}
}

func TestLocaleTakesTheFirstLanguageWeSpeak(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"":                        "fr",
		"de, en-GB;q=0.8, fr":     "en",
		"fr-FR,fr;q=0.9,en;q=0.8": "fr",
		"pt-BR":                   "fr",
		"EN":                      "en",
	} {
		if got := Locale(header, "fr"); got != want {
			t.Errorf("Locale(%q) = %q, want %q", header, got, want)
		}
	}
}

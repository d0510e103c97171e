// Package message is the translation catalogue: every sentence that a person reads, in French and in English, under a stable code.
//
// A file <area>.<locale>.json holds a flat object from code to sentence. A sentence names its parameters in braces: "{skill}".
package message

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"
)

// The locales a sentence exists in.
const (
	French  = "fr"
	English = "en"
)

//go:embed *.json
var files embed.FS

var catalogue = sync.OnceValue(func() map[string]map[string]string {
	c, err := load(files)
	if err != nil {
		panic(err) // the files are embedded: a broken one is a defect of this build, caught by the package's test
	}
	return c
})

// Text gives the sentence for code in the locale ("fr", anything else is English), its parameters filled in. A code without a sentence
// is given back as it is, so that nothing is hidden.
func Text(locale, code string, params map[string]any) string {
	if locale != French {
		locale = English
	}
	sentence, ok := catalogue()[locale][code]
	if !ok {
		return code
	}
	if len(params) == 0 {
		return sentence
	}
	pairs := make([]string, 0, 2*len(params))
	for k, v := range params {
		pairs = append(pairs, "{"+k+"}", fmt.Sprint(v))
	}
	return strings.NewReplacer(pairs...).Replace(sentence)
}

// Locale picks French or English from an Accept-Language header (RFC 9110 §12.5.4) in the order written; fallback when it names neither.
func Locale(acceptLanguage, fallback string) string {
	for part := range strings.SplitSeq(acceptLanguage, ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
		if primary == French || primary == English {
			return primary
		}
	}
	return fallback
}

func load(fsys fs.FS) (map[string]map[string]string, error) {
	c := map[string]map[string]string{French: {}, English: {}}
	names, err := fs.Glob(fsys, "*.json")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		area, locale, ok := strings.Cut(strings.TrimSuffix(path.Base(name), ".json"), ".")
		if !ok || c[locale] == nil {
			return nil, fmt.Errorf("message: file %s is not <area>.<fr|en>.json", name)
		}
		raw, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		var sentences map[string]string
		if err := json.Unmarshal(raw, &sentences); err != nil {
			return nil, fmt.Errorf("message: %s: %w", name, err)
		}
		for code, sentence := range sentences {
			if _, twice := c[locale][code]; twice {
				return nil, fmt.Errorf("message: %s: code %s (area %s) stands in two files", name, code, area)
			}
			c[locale][code] = sentence
		}
	}
	return c, nil
}

package scheduler_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestEveryReasonHasItsSentence compares the codes in this package's sources
// with the catalogue and the package's documentation.
func TestEveryReasonHasItsSentence(t *testing.T) {
	t.Parallel()
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	inReason := regexp.MustCompile(`Reason\{+"([a-z_]+)"|code :?= "([a-z_]+)"`)
	for _, name := range sources {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range inReason.FindAllStringSubmatch(string(text), -1) {
			codes = append(codes, m[1]+m[2])
		}
	}
	slices.Sort(codes)
	codes = slices.Compact(codes)
	if len(codes) < 20 {
		t.Fatalf("only found %q", codes)
	}
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, language := range []string{"fr", "en"} {
		text, err := os.ReadFile("../dispatch/message/scheduler." + language + ".json")
		if err != nil {
			t.Fatal(err)
		}
		sentences := map[string]string{}
		if err := json.Unmarshal(text, &sentences); err != nil {
			t.Fatal(err)
		}
		for _, code := range codes {
			if sentences["scheduler."+code] == "" {
				t.Errorf("%s has no sentence in %s", code, language)
			}
			if !strings.Contains(string(doc), "//	"+code) {
				t.Errorf("%s is not in doc.go", code)
			}
			delete(sentences, "scheduler."+code)
		}
		for code := range sentences {
			t.Errorf("%s in %s is given by nothing", code, language)
		}
	}
}

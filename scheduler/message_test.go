package scheduler_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"tournee/scheduler"
)

// awaited are the reasons of rules that are not in force yet. The rule that
// gives one takes it off this list.
var awaited = []string{
	"not_before_preferred",
	"not_before_told",
}

// TestEveryReasonHasItsSentence compares the codes that this package's sources
// give with its documentation, and that with the catalogue and its short labels.
func TestEveryReasonHasItsSentence(t *testing.T) {
	t.Parallel()
	given, documented := codesGiven(t), codesDocumented(t)
	if len(given) < 20 {
		t.Fatalf("only found %q", given)
	}
	for _, code := range given {
		if !slices.Contains(documented, code) {
			t.Errorf("%s is not in doc.go", code)
		}
		if slices.Contains(awaited, code) {
			t.Errorf("%s is given now: take it off the awaited", code)
		}
	}
	for _, code := range documented {
		if !slices.Contains(given, code) && !slices.Contains(awaited, code) {
			t.Errorf("%s is in doc.go and given by nothing", code)
		}
	}
	for _, language := range []string{"fr", "en"} {
		wantSentences(t, "scheduler."+language+".json", "scheduler.", documented)
		wantSentences(t, "summary."+language+".json", "summary.scheduler.", documented)
	}
}

func codesGiven(t *testing.T) []string {
	t.Helper()
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
		for _, m := range inReason.FindAllStringSubmatch(readText(t, name), -1) {
			codes = append(codes, m[1]+m[2])
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// codesDocumented lists the indented codes below the heading "Reasons".
func codesDocumented(t *testing.T) []string {
	t.Helper()
	_, list, found := strings.Cut(readText(t, "doc.go"), "// # Reasons\n")
	if !found {
		t.Fatal("doc.go has no heading for the reasons")
	}
	var codes []string
	for _, m := range regexp.MustCompile(`(?m)^//\t([a-z_]+)`).FindAllStringSubmatch(list, -1) {
		codes = append(codes, m[1])
	}
	return codes
}

// wantSentences checks that a file of the catalogue has the codes under a
// prefix, and no others there.
func wantSentences(t *testing.T, file, prefix string, codes []string) {
	t.Helper()
	sentences := map[string]string{}
	if err := json.Unmarshal([]byte(readText(t, "../dispatch/message/"+file)), &sentences); err != nil {
		t.Fatal(err)
	}
	for _, code := range codes {
		if sentences[prefix+code] == "" {
			t.Errorf("%s has no sentence in %s", code, file)
		}
		delete(sentences, prefix+code)
	}
	for code := range sentences {
		if strings.HasPrefix(code, prefix) {
			t.Errorf("%s in %s is not in doc.go", code, file)
		}
	}
}

func readText(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// sentences are the catalogue's, in one language: the other has the same
// parameters.
var sentences = sync.OnceValues(func() (map[string]string, error) {
	text, err := os.ReadFile("../dispatch/message/scheduler.en.json")
	if err != nil {
		return nil, err
	}
	var out map[string]string
	return out, json.Unmarshal(text, &out)
})

var placeholder = regexp.MustCompile(`\{([a-z_]+)\}`)

// wantTellable checks that reasons come with all that their sentences need.
func wantTellable(t interface {
	Helper()
	Errorf(string, ...any)
}, reasons []scheduler.Reason,
) {
	t.Helper()
	known, err := sentences()
	if err != nil {
		t.Errorf("no catalogue: %v", err)
	}
	for _, r := range reasons {
		for _, m := range placeholder.FindAllStringSubmatch(known["scheduler."+r.Code], -1) {
			if r.Params[m[1]] == nil {
				t.Errorf("the sentence of %s needs %s, which is not among %v", r.Code, m[1], r.Params)
			}
		}
	}
}

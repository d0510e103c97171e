package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"tournee/dispatch"
	"tournee/dispatch/dispatchtest"
)

func TestABoardIsDrawnInPlainTextAndInTheWidthThereIs(t *testing.T) {
	t.Setenv("COLUMNS", "72")
	w := dispatchtest.New(t)
	r := w.Request(t, nil)
	w.Request(t, func(r *dispatch.NewRequest) {
		r.RequiredSkills = []dispatch.SkillLevel{{Skill: dispatchtest.Network, Level: 4}}
	})
	w.WorkJobs(t)
	v := w.VisitOf(t, r)
	for locale, words := range map[string][]string{"en": {"planned", "Nobody has", "left out 1"}, "fr": {"planifiée", "sans place 1"}} {
		var out bytes.Buffer
		q := boardQuery{organization: w.Organization.ID, territory: w.Territory.ID, date: w.At(0, 0, 0), locale: locale}
		if err := followBoard(t.Context(), w.Service, q, newCanvas(&out)); err != nil {
			t.Fatal(err)
		}
		for _, word := range append(words, "Karim Haddad", "08:00–17:00", v.Reference, v.Assignment.Begin.In(w.Zone).Format("15:04")) {
			if !strings.Contains(out.String(), word) {
				t.Errorf("%s: no %q in\n%s", locale, word, &out)
			}
		}
		if strings.Contains(out.String(), "\x1b") {
			t.Error("what is no terminal gets colours")
		}
		for line := range strings.Lines(out.String()) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 72 {
				t.Errorf("%d columns: %s", n, line)
			}
		}
	}
}

func TestABoardThatCannotBeIsRefused(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"--territory", "paris"}, {"--date", "demain"}, {"--locale", "de"}, {"now"}, {"--nothing"}} {
		var out, log bytes.Buffer
		if err := boardCommand(t.Context(), args, &out, &log); !isUsage(err) {
			t.Errorf("%v was taken", args)
		}
	}
}

func isUsage(err error) bool {
	var wrong *usageError
	return errors.As(err, &wrong)
}

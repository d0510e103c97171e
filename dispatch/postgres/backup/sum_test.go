package backup

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

func sumOf(text string) (Contents, error) {
	s := &summer{to: io.Discard}
	if _, err := io.WriteString(s, text); err != nil {
		return Contents{}, err
	}
	return s.contents()
}

func TestASumDependsOnTheRowsAndNotOnHowTheyCome(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOf(rapid.StringMatching(`[a-z\t]{0,8}`)).Draw(t, "lines")
		text := strings.Join(append(lines, ""), "\n")
		want, err := sumOf(text)
		if err != nil || want.Rows != int64(len(lines)) {
			t.Fatalf("%d rows (%v), want %d", want.Rows, err, len(lines))
		}
		shuffled := strings.Join(append(rapid.Permutation(lines).Draw(t, "shuffled"), ""), "\n")
		if have, err := sumOf(shuffled); err != nil || have != want {
			t.Fatalf("in another order: %+v (%v), want %+v", have, err, want)
		}
		var passed bytes.Buffer
		pieces := &summer{to: &passed}
		if _, err := io.Copy(pieces, iotest.OneByteReader(strings.NewReader(text))); err != nil {
			t.Fatal(err)
		}
		if have, err := pieces.contents(); err != nil || have != want || passed.String() != text {
			t.Fatalf("byte by byte: %+v (%v), want %+v", have, err, want)
		}
		if have, err := sumOf(text + "one more\n"); err != nil || have == want {
			t.Fatalf("with one more row: %+v (%v)", have, err)
		}
		if _, err := sumOf(text + "cut of"); err == nil {
			t.Fatal("a row that is cut off was accepted")
		}
	})
}

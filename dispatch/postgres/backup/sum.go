package backup

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
)

// Contents sums up a table's rows, in whatever order they come.
type Contents struct {
	Rows int64 `json:"rows"`
	// Sum is the SHA-256 of each row's line of COPY text, as four 64-bit numbers
	// added up over the rows, in hexadecimal.
	Sum string `json:"sum"`
}

// summer sums up the lines written to it and passes them on.
type summer struct {
	to   io.Writer
	line []byte // the part of a line not yet ended
	rows int64
	sum  [4]uint64
}

func (s *summer) Write(p []byte) (int, error) {
	for rest := p; ; {
		line, after, ended := bytes.Cut(rest, []byte{'\n'}) // COPY escapes a value's own line ends
		if !ended {
			s.line = append(s.line, rest...)
			break
		}
		s.add(append(s.line, line...))
		s.line, rest = s.line[:0], after
	}
	return s.to.Write(p)
}

func (s *summer) add(line []byte) {
	s.rows++
	hash := sha256.Sum256(line)
	for i := range s.sum {
		s.sum[i] += binary.BigEndian.Uint64(hash[8*i:])
	}
}

func (s *summer) contents() (Contents, error) {
	if len(s.line) > 0 {
		return Contents{}, errors.New("the last row is cut off")
	}
	var text [32]byte
	for i, part := range s.sum {
		binary.BigEndian.PutUint64(text[8*i:], part)
	}
	return Contents{Rows: s.rows, Sum: hex.EncodeToString(text[:])}, nil
}

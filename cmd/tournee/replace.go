package main

import (
	"errors"
	"os"
	"path/filepath"
)

// replacement is a file that takes another's place when it is whole.
type replacement struct {
	*os.File
	path string // empty: written in place
}

// replace begins a file that is to stand at path, beside it. What is no
// ordinary file, such as /dev/stdout or a pipe, is written in place.
func replace(path string) (*replacement, error) {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	mode := os.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		if !info.Mode().IsRegular() {
			file, err := os.OpenFile(path, os.O_WRONLY, 0)
			return &replacement{File: file}, err
		}
		mode = info.Mode().Perm()
	}
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return nil, err
	}
	r := &replacement{file, path}
	if err := file.Chmod(mode); err != nil {
		return nil, errors.Join(err, r.abandon())
	}
	return r, nil
}

// commit puts the file in its place.
func (r *replacement) commit() error {
	if r.path == "" {
		return r.Close()
	}
	if err := errors.Join(r.Sync(), r.Close()); err != nil {
		return errors.Join(err, os.Remove(r.Name()))
	}
	return os.Rename(r.Name(), r.path)
}

// abandon leaves what was there.
func (r *replacement) abandon() error {
	if r.path == "" {
		return r.Close()
	}
	return errors.Join(r.Close(), os.Remove(r.Name()))
}

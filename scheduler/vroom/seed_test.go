package vroom_test

import (
	"flag"
	"os"
	"testing"
)

// TestMain draws the same cases in every run.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.seed", "20261122"); err != nil { // the command line may set another
		panic(err)
	}
	os.Exit(m.Run())
}

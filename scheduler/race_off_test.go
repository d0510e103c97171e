//go:build !race

package scheduler_test

// raced says whether the race detector watches, which takes several times as
// long: tests that prove no race draw fewer cases then.
const raced = false

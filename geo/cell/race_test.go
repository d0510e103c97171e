//go:build race

package cell_test

// raceDetector: under it sync.Pool drops values at random, so allocations mean nothing.
const raceDetector = true

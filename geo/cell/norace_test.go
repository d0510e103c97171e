//go:build !race

package cell_test

const raceDetector = false

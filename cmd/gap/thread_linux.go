package main

import (
	"syscall"
	"time"
)

// threadTime is the processor time that the calling thread has used.
func threadTime() time.Duration { return used(syscall.RUSAGE_THREAD) }
